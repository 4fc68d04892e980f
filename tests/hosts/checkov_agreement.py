"""Run inside Checkov's environment: every example and sample through the native engine and through Checkov's own runners.

    checkov_agreement.py FOLDER    writes the examples below FOLDER; prints one JSON object

Examples are batched: one Checkov run per framework over a folder of example folders, each with its own cloudpolicy.toml that selects its policy.
There are no examples written as plans or ARM JSON; they are made from the HCL and Bicep ones, and both engines read what was made.
"""

import importlib
import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import respelling
from checkov.runner_filter import RunnerFilter

from cloudpolicy import config, sources
from cloudpolicy.model import ABSENT, Unknown, Verdict
from cloudpolicy.policy import documents, testing
from cloudpolicy.policy import pack as packs
from cloudpolicy.scan import Request, Scanner, run
from cloudpolicy.sources.cloudformation.text import parse
from cloudpolicy.sources.discovery import discover

ROOT = Path(__file__).resolve().parents[2]
RUNNERS = {
    "terraform": "terraform.runner",
    "terraform_plan": "terraform.plan_runner",
    "cloudformation": "cloudformation.runner",
    "arm": "arm.runner",
    "bicep": "bicep.runner",
}
RANK = {"pass": 0, "unknown": 1, "fail": 2}


def main(folder: Path) -> None:
    logging.disable(logging.CRITICAL)
    pack = packs.load()  # a thousand configurations would load it a thousand times
    packs.load_with = lambda *_: pack
    write_examples(folder)
    write_samples(folder)
    result = {}
    for framework in RUNNERS:
        expected = native(framework, folder / framework)
        found = checkov(framework, folder / framework)
        wrong = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
        result[framework] = {
            "verdicts": len(expected),
            "by": {verdict: sum(v == verdict for v in expected.values()) for verdict in RANK},
            "lost": lost(folder / framework, expected),
            "differences": [[*key, expected.get(key), found.get(key)] for key in wrong],
        }
    print(json.dumps(result))


def lost(folder: Path, expected: dict) -> list[str]:
    """Failing examples that do not fail any more when they are said otherwise; those in ARM may have been undecided before."""
    failing = {file.split("/")[0] for (file, _, _), verdict in expected.items() if verdict == "fail"}
    forms = [form.__name__ for form in (*respelling.TERRAFORM, *respelling.CLOUDFORMATION, *respelling.BICEP, *respelling.ARM)]
    named = [each.name.partition("-") for each in folder.iterdir()]
    return sorted(f"{id}-{form}" for id, _, form in named if form in forms and f"{id}-fail-0" in failing and f"{id}-{form}" not in failing)


# -- what is judged ----------------------------------------------------------------------------------------------------------------


def write_examples(folder: Path) -> None:
    """Every example; and the first that fails of every policy and format once more, said otherwise."""
    turn = 0
    for document in documents.load_folder(packs.folder() + "/rules")[0]:
        for format, given in document.policy.examples.items():
            for kind, examples in (("pass", given.passing), ("fail", given.fail), ("unknown", given.unknown)):
                for number, example in enumerate(examples if isinstance(examples, list) else []):
                    example = testing.as_example(example, format)
                    first = next(iter(example.files))
                    framework = {"terraform": "terraform", "cloudformation": "cloudformation"}.get(format, "bicep")
                    name = f"{document.policy.id}-{kind}-{number}"
                    estate = testing.read(example, format, str(folder / framework / name))
                    settings(folder / framework / name, document.policy.id, example)
                    if framework == "terraform":
                        made, file, data = folder / "terraform_plan" / name, "plan.json", plan(estate)
                    elif first.endswith(".bicep"):
                        made, file, data = folder / "arm" / name, "template.json", template(estate)
                    else:
                        made, file, data = None, first, None
                    if made is not None:
                        settings(made, document.policy.id, example)
                        (made / file).write_text(json.dumps(data, indent=1), encoding="utf-8")
                    if kind == "fail" and number == 0:
                        for form, where, files in respelled(framework, example.files, data, turn):
                            write(folder / where / f"{document.policy.id}-{form}", files, document.policy.id, example)
                        turn += 1


def respelled(framework: str, files: dict, data: dict | None, turn: int) -> Iterator[tuple]:
    """(name of a form, framework, files) of an example said otherwise: each policy takes the next form that fits it, in Bicep or in ARM."""
    files = {name: re.sub(r" +(#|//) fail\b.*", "", text) for name, text in files.items()}
    if framework == "terraform":
        forms, given = respelling.TERRAFORM, files if "main.tf" in files else None
    elif framework == "cloudformation":
        forms, given = respelling.CLOUDFORMATION, as_data(files)
    elif turn % 2 and data is not None:
        framework, forms, given = "arm", respelling.ARM, data
    else:
        forms, given = respelling.BICEP, files
    for number in range(len(forms) if given is not None else 0):
        form = forms[(turn + number) % len(forms)]
        made = form(given)
        if made is not None:
            as_files = made if framework in ("terraform", "bicep") else {"template.json": json.dumps(made, indent=1)}
            yield form.__name__, framework, as_files
            return


def as_data(files: dict) -> dict | None:
    """The only template of an example as data, None where there are several or where it loops."""
    (text, *more) = files.values()
    document = parse("template.yaml", text.encode()).data
    return document if not more and all(isinstance(body, dict) for body in document["Resources"].values()) else None


def write(folder: Path, files: dict, policy: str, example) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    settings(folder, policy, example)


def settings(folder: Path, policy: str, example) -> None:
    lines = [f"select = [{json.dumps(policy)}]", f"profile = {json.dumps(example.profile or 'advisory')}", 'missing_modules = "warning"']
    lines += [f"{name} = {json.dumps(value)}" for name in ("region", "scope") if (value := getattr(example, name))]
    lines += [f"[parameters.{policy}]", *(f"{key} = {json.dumps(value)}" for key, value in example.parameters.items())]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cloudpolicy.toml").write_text("\n".join(lines), encoding="utf-8")


def write_samples(folder: Path) -> None:
    for framework in ("terraform", "cloudformation", "arm", "bicep"):
        shutil.copytree(ROOT / "samples" / framework, folder / framework / "samples" / framework)
        shutil.copy(ROOT / "samples/cloudpolicy.toml", folder / framework / "samples")
    for path in sorted((ROOT / "tests/data").rglob("*plan.json")):
        where = folder / "terraform_plan" / "plans" / str(path.relative_to(ROOT / "tests/data").parent).replace(os.sep, "-")
        where.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, where)


def plan(estate) -> dict:
    resources, changes = [], []
    for resource in estate.resources:
        if resource.type.startswith(("provider.", "terraform.")) or resource.address.startswith("module."):
            continue
        mode = "data" if resource.type.startswith("data.") else "managed"
        base = resource.address.partition("[")[0]
        head = {"address": resource.address, "mode": mode, "type": resource.type.removeprefix("data."), "name": base.rpartition(".")[2]}
        head["provider_name"] = f"registry.terraform.io/hashicorp/{head['type'].partition('_')[0]}"
        known, unknown = split(resource.values)
        resources.append({**head, "schema_version": 0, "values": known})
        changes.append({**head, "change": {"actions": ["create"], "before": None, "after": known, "after_unknown": unknown}})
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {}},
    }


def split(value):
    """(what is known, where the rest is unknown), as a plan tells them."""
    if isinstance(value, Unknown):
        return None, True
    if isinstance(value, dict):
        pairs = {key: split(item) for key, item in value.items()}
        return {k: known for k, (known, _) in pairs.items() if known is not None}, {
            k: unknown for k, (_, unknown) in pairs.items() if unknown
        }
    if isinstance(value, list):
        pairs = [split(item) for item in value]
        return [known for known, _ in pairs], [unknown for _, unknown in pairs] if any(unknown for _, unknown in pairs) else False
    return value, False


def template(estate) -> dict:
    parameters = {}

    def plain(value):
        if isinstance(value, Unknown):
            parameters[f"unknown{len(parameters)}"] = {"type": "string"}
            return f"[parameters('unknown{len(parameters) - 1}')]"
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if item is not ABSENT}
        return [plain(item) for item in value] if isinstance(value, list) else value

    resources = []
    for resource in estate.resources:
        body = {"type": resource.type, "apiVersion": "2023-01-01", "name": resource.address, **plain(resource.values)}
        resources.append({key: value for key, value in body.items() if key not in ("id", "parent", "scope")})
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": parameters,
        "resources": resources,
    }


# -- the two engines ---------------------------------------------------------------------------------------------------------------


def native(framework: str, folder: Path) -> dict:
    """(folder, policy, resource) -> verdict, as `cloudpolicy scan` of each folder says."""
    found: dict = {}
    for file in sorted(folder.rglob("cloudpolicy.toml")) + [p.parent / "none" for p in sorted(folder.glob("plans/*/*.json"))]:
        loaded = config.load(str(file)) if file.name != "none" else config.Config(str(file.parent))
        request = Request([str(file.parent)], loaded, passed=True)
        estates = {}
        scanner = Scanner(request)
        options = scanner.options(loaded.values)
        for unit in discover(request.paths, options).units:
            estate = sources.read(unit, scanner.options(loaded.at(unit.path)))
            estates[estate.root] = estate
        for finding in run(request).findings:
            resource = estates[finding.estate].at(finding.address) if finding.address else None
            if finding.verdict != Verdict.NOT_APPLICABLE:
                keep(found, key_of(framework, folder, finding, resource), finding.verdict)
    return found


def key_of(framework: str, folder: Path, finding, resource) -> tuple:
    span = resource.span if resource else finding.span
    file = os.path.relpath(span.file, folder).replace(os.sep, "/")
    if not finding.address:
        return file, finding.policy, "the estate"
    if framework.startswith("terraform"):
        return file, finding.policy, finding.address
    if framework == "cloudformation":
        return file, finding.policy, finding.type + "." + finding.address.rpartition("/")[2]
    return file, finding.policy, f"{finding.type.casefold()}:{span.line}"


def keep(found: dict, key: tuple, verdict: str) -> None:
    if key not in found or RANK[found[key]] < RANK[verdict]:
        found[key] = verdict


def checkov(framework: str, folder: Path) -> dict:
    """The same of Checkov: what passes and fails from its report, what is unknown (which reports drop) from the results that it was given."""
    runner = importlib.import_module(f"checkov.{RUNNERS[framework]}").Runner()
    given: list = []

    def results(*args, **options):
        given.append(type(runner).run_graph_checks_results(runner, *args, **options))
        return given[-1]

    runner.run_graph_checks_results = results
    runner_filter = RunnerFilter(framework=[framework], checks=["CP_*"])
    report = runner.run(str(folder), external_checks_dir=[str(ROOT / "policies/checkov")], runner_filter=runner_filter)
    found: dict = {}
    for verdict, records in (("pass", "passed_checks"), ("fail", "failed_checks")):
        for record in [record for part in (report if isinstance(report, list) else [report]) for record in getattr(part, records)]:
            line = record.file_line_range[0] + (2 if framework == "arm" else 0)
            keep(found, (relative(record.file_abs_path, folder), record.check_id, named(framework, record.resource, line)), verdict)
    for check, entries in [item for part in given for item in part.items()]:
        for entry in entries:
            if entry["result"].value == "UNKNOWN":
                entity = entry["entity"]
                if framework.startswith("terraform"):
                    resource = entity["__address__"]
                elif framework == "arm":
                    resource = f"{entity['resource_type']}.{entity['block_name_']}"
                else:
                    resource = entity["id_"]
                line = entity.get("__startline__" if framework == "arm" else "__start_line__", 0)
                keep(found, (relative(entity["file_path_"], folder), check.id, named(framework, resource, line)), "unknown")
    return found


def relative(file: str, folder: Path) -> str:
    if not os.path.exists(file):  # Checkov 3.2 writes ARM files as if the scanned folder were the top of the disk
        file = os.path.join(folder, file.lstrip("/"))
    return os.path.relpath(os.path.abspath(file), folder).replace(os.sep, "/")


def named(framework: str, resource: str, line: int) -> str:
    if resource in (
        "cloudformation.main_yaml",
        "cloudformation.template_yaml",
        "main.tf",
        "admins.tf",
        "account.tf",
        "plan.json",
        "cloudformation.template_json",
    ):
        return "the estate"
    if framework in ("arm", "bicep"):
        return "the estate" if resource.startswith("arm.") else f"{resource[: resource.index('.', resource.index('/'))].casefold()}:{line}"
    return resource


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
