"""Runs in Checkov's own environment: its built-in checks over texts, in one process.

Standard input: {"rules": [id], "texts": {name: {framework, text}}}. Standard output: {"results": {name: [[rule, resource, result]]}, "judged": {rule:
[resource type]}}, types in our spelling ("data.…", "provider.…").
"""

import importlib
import json
import logging
import os
import sys
import tempfile

logging.disable(logging.CRITICAL)
sys.setrecursionlimit(10_000)

from checkov.arm.registry import arm_resource_registry  # noqa: E402
from checkov.bicep.checks.resource.registry import registry as bicep_registry  # noqa: E402
from checkov.cloudformation.checks.resource.registry import cfn_registry  # noqa: E402
from checkov.common.checks_infra.registry import get_graph_checks_registry  # noqa: E402
from checkov.runner_filter import RunnerFilter  # noqa: E402
from checkov.terraform.checks.data.registry import data_registry  # noqa: E402
from checkov.terraform.checks.provider.registry import provider_registry  # noqa: E402
from checkov.terraform.checks.resource.registry import resource_registry  # noqa: E402

FILES = {"terraform": "main.tf", "cloudformation": "template.yaml", "arm": "azuredeploy.json", "bicep": "main.bicep"}
REGISTRIES = (
    (resource_registry, ""),
    (data_registry, "data."),
    (provider_registry, "provider."),
    (cfn_registry, ""),
    (arm_resource_registry, ""),
    (bicep_registry, ""),
)


def results(texts, rules):
    found = {name: [] for name in texts}
    with tempfile.TemporaryDirectory() as top:
        top = os.path.realpath(top)
        os.chdir(top)
        for framework, file in FILES.items():
            runner = importlib.import_module(f"checkov.{framework}.runner").Runner()
            numbered = [name for name, given in texts.items() if given["framework"] == framework]
            for number, name in enumerate(numbered):
                os.makedirs(os.path.join(top, framework, str(number)))
                with open(os.path.join(top, framework, str(number), file), "w", encoding="utf-8") as out:
                    out.write(texts[name]["text"])
            if numbered:
                folder = os.path.join(top, framework)
                report = runner.run(root_folder=folder, runner_filter=RunnerFilter(framework=[framework], checks=rules))
                for record in [*report.passed_checks, *report.failed_checks]:
                    number = int(os.path.relpath(os.path.abspath(record.file_abs_path), folder).split(os.sep)[0])
                    found[numbered[number]].append([record.check_id, record.resource, record.check_result["result"].name])
    return found


def judged():
    types = {}
    for registry, prefix in REGISTRIES:
        for group in (registry.checks, registry.wildcard_checks):
            for type, checks in group.items():
                for check in checks:
                    types.setdefault(check.id, set()).add(prefix + type)
    for framework in FILES:
        registry = get_graph_checks_registry(framework)
        registry.load_checks()
        for check in registry.checks:
            types.setdefault(check.id, set()).update(check.resource_types or ())
    return {rule: sorted(found) for rule, found in types.items()}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    answer = {"results": results(given["texts"], given["rules"]), "judged": judged()}
    sys.__stdout__.write(json.dumps(answer))
