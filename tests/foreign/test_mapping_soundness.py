"""The maps against what nobody chose for them: our policies' own examples, and the passing examples with one value changed.

A pass of Checkov that the map takes for a pass of ours must be one on all of them, and a failure must be one under the entry's profiles and under no
other. What Checkov fails and ours accepts is allowed where docs/import-differences.yaml says why.
"""

import copy
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from cloudpolicy.evaluate.engine import Engine
from cloudpolicy.foreign import addresses
from cloudpolicy.policy import documents, selection, testing
from cloudpolicy.policy import pack as packs
from foreign import test_mappings as maps

ROOT = Path(__file__).parents[2]
OPPOSITE = {"true": "false", "false": "true"}
READ = {"terraform": addresses.terraform, "cloudformation": addresses.cloudformation}
DIFFERENCES = yaml.safe_load((ROOT / "docs/import-differences.yaml").read_text(encoding="utf-8"))
# A value on a line of its own, and what stands for one that is given at deployment only.
VALUES = {
    "terraform": (re.compile(r"^(\s*\w+\s*=\s*)([^\[{\n]+|\[[^\n]*\])$", re.M), 'variable "unset" {}\n', "var.unset"),
    "cloudformation": (
        re.compile(r"^(\s*(?:- )?(?!Type\b)\w+:\s+)([^\n|>]+)$", re.M),
        "Parameters:\n  Unset: {Type: String}\n",
        "!Ref Unset",
    ),
}


def entries():
    """policy -> [(Checkov's rule, entry)]"""
    found = {}
    for rule, entry in maps.entries(maps.MAPS["Checkov"]):
        found.setdefault(entry.policy, []).append((rule, entry))
    return found


ENTRIES = entries()


def own_examples(folder):
    """name -> (format, text, policy, {(type, address): {profile: verdicts}})"""
    for document in documents.load_folder(packs.folder() + "/rules")[0]:
        id = document.policy.id
        for format in READ if id in ENTRIES else ():
            given = document.policy.examples.get(format)
            for kind, examples in (("pass", given.passing), ("fail", given.fail), ("unknown", given.unknown)) if given else ():
                for number, example in enumerate(examples if isinstance(examples, list) else []):
                    example = testing.as_example(example, format)
                    if len(example.files) == 1:
                        name = f"{id}-{format}-{kind}-{number}"
                        estate = testing.read(example, format, str(folder / name))
                        yield name, (format, next(iter(example.files.values())), id, judged(id, estate, folder / name))


def judged(policy, estate, folder):
    found = {}
    for profile in maps.PACK.profiles:
        engine = Engine(maps.PACK, [policy], selection.profile_chain(maps.PACK, profile), {policy: {}}, maps.SETTINGS)
        for finding in engine.evaluate(estate, str(folder), True)[0]:
            found.setdefault((finding.type, finding.address), {}).setdefault(profile, set()).add(finding.verdict)
    return found


class Variant:
    """A passing example of the maps with one value changed: left out, turned round, or known at deployment only (`open`)."""

    def __init__(self, example, text, open=False):
        self.example = example
        self.format = packs.format_of(example["type"])
        self.text = text
        self.open = open


def variants():
    for example in maps.EXAMPLES["Checkov"]:
        yield from json_variants(example) if packs.format_of(example["type"]) == "arm" else text_variants(example)


def text_variants(example):
    pattern, head, instead = VALUES[packs.format_of(example["type"])]
    counts = any(maps.entry_of("Checkov", example, policy).passes for policy in example["policies"])
    text = example["pass"]
    for place in pattern.finditer(text):
        before, value, after = text[: place.start(2)], place.group(2).strip(), text[place.end(2) :]
        if counts:
            yield Variant(example, head + before + instead + after, open=True)
        if value in OPPOSITE:
            yield Variant(example, before + OPPOSITE[value] + after)
        if not place.group(1).lstrip().startswith("-"):
            yield Variant(example, text[: place.start()] + after.removeprefix("\n"))


def json_variants(example):
    document = json.loads(example["pass"])
    for path, value in leaves(document):
        if "properties" in path:
            yield Variant(example, json.dumps(replaced(document, path, ()), indent=2))
            if isinstance(value, bool):
                yield Variant(example, json.dumps(replaced(document, path, (not value,)), indent=2))


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def replaced(document, path, by):
    """A copy with the leaf at `path` replaced by the one item of `by`, or without it."""
    whole = copy.deepcopy(document)
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    if by:
        holder[path[-1]] = by[0]
    return whole


def run_checkov(texts):
    """name -> [(rule, resource, result)]"""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    given = json.dumps({"rules": list(maps.MAPS["Checkov"].rules), "texts": texts})
    script = str(Path(__file__).with_name("run_checkov.py"))
    done = subprocess.run([str(maps.PYTHON), script], input=given, capture_output=True, encoding="utf-8", env=environment, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)["results"]


def compared(own, results):
    """(rule, entry, type, Checkov's answer, {profile: our verdicts}) for every resource of our examples that both judge."""
    for name, (format, _, policy, verdicts) in own.items():
        for rule, resource, answer in results[name]:
            type, address = READ[format](resource)
            for entry in (entry for mapped, entry in ENTRIES[policy] if mapped == rule):
                for full in (full for full in entry.resources if full.removeprefix("data.").removeprefix("provider.") == type):
                    for (judged_type, judged_address), by_profile in verdicts.items():
                        if judged_type == full and judged_address in (address, f"data.{address}"):
                            yield rule, entry, full, answer, by_profile


def faults(variant, answer, folder):
    """(rule and policy, what is wrong), where Checkov's answer to a variant is not what the map makes of it."""
    rule = variant.example["rule"]
    for policy in variant.example["policies"]:
        entry = maps.entry_of("Checkov", variant.example, policy)
        if (answer == ["PASSED"] and not (variant.open and entry.passes)) or (answer == ["FAILED"] and variant.open):
            continue
        for profile in maps.PACK.profiles:
            verdicts, _ = maps.judge(policy, variant.example, variant.text, profile, folder)
            demanded = not set(entry.profiles or maps.PACK.profiles).isdisjoint(selection.profile_chain(maps.PACK, profile))
            wrong = ""
            if answer == ["PASSED"]:
                wrong = "" if verdicts <= {"pass"} else "passes what we do not"
            elif ("fail" in verdicts) != demanded:
                wrong = "fails what we accept" if demanded else f"is demanded under {profile}, too"
            if wrong:
                yield f"{rule} {policy}", wrong


def test_the_map_holds_beyond_its_examples(tmp_path):
    own, changed = dict(own_examples(tmp_path)), {str(number): variant for number, variant in enumerate(variants())}
    texts = {name: {"framework": given[0], "text": given[1]} for name, given in own.items()}
    texts.update({name: {"framework": variant.format, "text": variant.text} for name, variant in changed.items()})
    results = run_checkov(texts)

    found = list(compared(own, results))
    assert len(found) > 1000 and len(changed) > 2000
    passed = {
        (rule, entry.policy, type)
        for rule, entry, type, answer, verdicts in found
        if answer == "PASSED" and entry.passes and any(seen != {"pass"} for seen in verdicts.values())
    }
    assert passed == set(), "their pass counts, and is none"
    accepted = {
        f"{rule} {entry.policy}"
        for rule, entry, _, answer, verdicts in found
        for profile in entry.profiles or ["baseline"]
        if answer == "FAILED" and verdicts.get(profile) == {"pass"}
    }
    wrong = set()
    for name, variant in changed.items():
        answer = maps.said(results[name], variant.example)
        if answer in (["PASSED"], ["FAILED"]):
            wrong |= set(faults(variant, answer, tmp_path))
    accepted |= {pair for pair, what in wrong if what == "fails what we accept"}
    assert sorted((pair, what) for pair, what in wrong if what != "fails what we accept") == []
    explained = [pair for group in DIFFERENCES for pair in group["pairs"]]
    assert len(set(explained)) == len(explained)
    assert sorted(accepted - set(explained)) == [], "to be explained in docs/import-differences.yaml"
    assert sorted(set(explained) - accepted) == [], "explained, and no longer there"


@pytest.mark.parametrize(("name", "language"), [("docs/import.md", "en"), ("docs/import.ja.md", "ja")])
def test_the_documents_show_the_explanations(name, language):
    text = (ROOT / name).read_text(encoding="utf-8")
    for group in DIFFERENCES:
        assert f"- {group[language]}" in text
        assert all(pair.split()[0] in text for pair in group["pairs"])
    for one in maps.MAPS.values():
        assert any(line.startswith(f"| {one.tool}") and f"| {len(one.rules)} |" in line for line in text.splitlines()), one.tool
    assert re.search(rf"\b{sum(len(group['pairs']) for group in DIFFERENCES)} (pairs|組)", text)
