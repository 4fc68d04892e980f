"""Every entry of the maps on an example: the other tool's rule and our policy both fail it, and both pass its corrected twin."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import cfnlint.api
import cfnlint.core
import pytest
import yaml

from cloudpolicy import sources
from cloudpolicy.evaluate.engine import Engine
from cloudpolicy.findings import SEVERITIES
from cloudpolicy.foreign import addresses, mapping
from cloudpolicy.policy import pack as packs
from cloudpolicy.policy import selection

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "mappings"
PYTHON = ROOT / ".venv-checkov" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
SETTINGS = {"scope": "stack", "data_class": "sensitive", "availability": "standard"}
FILES = {"terraform": "main.tf", "cloudformation": "template.yaml", "arm": "azuredeploy.json"}
KINDS = {"terraform": "hcl", "cloudformation": "template", "arm": "arm"}

PACK = packs.load()
MAPS = {one.tool: one for one in mapping.load()}


def examples():
    """tool -> its examples; one that is `like` other rules takes theirs, for the types and policies that it is mapped to."""
    read = {tool: yaml.load((DATA / f"{tool.lower()}.yaml").read_text(encoding="utf-8"), mapping._Loader) for tool in MAPS}
    return {tool: [whole for example in found for whole in expanded(tool, example, read["Checkov"])] for tool, found in read.items()}


def expanded(tool, example, lenders):
    if "like" not in example:
        yield example
        return
    for entry in MAPS[tool].entries(example["rule"]):
        for type in entry.resources:
            fits = [one for one in lenders if one["rule"] in example["like"] and one["type"] == type and entry.policy in one["policies"]]
            if fits:
                yield {**fits[0], "rule": example["rule"], "policies": [entry.policy]}


EXAMPLES = examples()


def entries(one):
    return [(rule, entry) for rule in one.rules for entry in one.entries(rule)]


def name(example):
    return f"{example['rule']}-{example['type']}-{'-'.join(example['policies'])}"


@pytest.mark.parametrize("tool", MAPS)
def test_every_entry_has_an_example_and_every_example_an_entry(tool):
    mapped = [(rule, entry.policy, type) for rule, entry in entries(MAPS[tool]) for type in entry.resources]
    shown = [(example["rule"], policy, example["type"]) for example in EXAMPLES[tool] for policy in example["policies"]]
    assert len(set(mapped)) == len(mapped), "twice"
    assert set(mapped) == set(shown)


def test_there_are_enough_of_them():
    assert len(MAPS["Checkov"].rules) >= 250
    assert sum(len(one.rules) for one in MAPS.values() if one.tool != "Checkov") >= 60


@pytest.mark.parametrize("tool", MAPS)
def test_entries_are_sound(tool):
    for rule, entry in entries(MAPS[tool]):
        spoken = set(PACK.types_of(entry.policy))
        assert all(type in spoken or any(own.endswith("*") and type.startswith(own[:-1]) for own in spoken) for type in entry.resources), (
            rule,
            entry,
        )
        assert not set(entry.resources) & set(entry.also), (rule, entry)
        assert not entry.severity or (entry.severity in SEVERITIES and entry.severity != PACK.policies[entry.policy]["severity"]), (
            rule,
            entry,
        )
        assert set(entry.profiles) < set(PACK.profiles), (rule, entry)


def judge(policy, example, text, profile, folder):
    """Verdicts and severities of the policy for the example's resource under one profile."""
    form = packs.format_of(example["type"])
    (folder / FILES[form]).write_text(text, encoding="utf-8")
    path = str(folder if form == "terraform" else folder / FILES[form])
    estate = sources.read(sources.Unit(KINDS[form], path), sources.Options(str(folder), missing_modules="warning"))
    assert not [problem for problem in estate.diagnostics if problem.severity == "error"]
    (resource,) = estate.of_type(example["type"])
    engine = Engine(PACK, [policy], selection.profile_chain(PACK, profile), {policy: {}}, SETTINGS)
    findings, _, _ = engine.evaluate(estate, str(folder), True)
    own = [finding for finding in findings if finding.address == resource.address]
    return {finding.verdict for finding in own}, {finding.severity for finding in own if finding.verdict == "fail"}


def entry_of(tool, example, policy):
    return next(e for e in MAPS[tool].entries(example["rule"]) if e.policy == policy and example["type"] in e.resources)


@pytest.mark.parametrize("tool", MAPS)
def test_our_policies_judge_the_examples_as_the_map_says(tool, tmp_path):
    wrong = []
    for example in EXAMPLES[tool]:
        for policy in example["policies"]:
            entry = entry_of(tool, example, policy)
            asked = set(entry.profiles or PACK.profiles)
            for profile in PACK.profiles:
                verdicts, severities = judge(policy, example, example["fail"], profile, tmp_path)
                expected = not asked.isdisjoint(selection.profile_chain(PACK, profile))
                if ("fail" in verdicts) != expected:
                    wrong.append(f"{name(example)} {policy} under {profile}: {sorted(verdicts)} on the failing example")
                elif expected and (entry.severity or PACK.policies[policy]["severity"]) not in severities:
                    wrong.append(f"{name(example)} {policy} under {profile}: severity {sorted(severities)}")
            for profile in PACK.profiles if entry.passes else (entry.profiles or ["baseline"])[:1]:
                verdicts, _ = judge(policy, example, example["pass"], profile, tmp_path)
                if verdicts != {"pass"} and (verdicts or not asked.isdisjoint(selection.profile_chain(PACK, profile))):
                    wrong.append(f"{name(example)} {policy} under {profile}: {sorted(verdicts)} on the passing example")
    assert wrong == []


# -- cfn-lint, as it is


def on(day):
    """A `datetime` whose today is `day`."""
    return type("Frozen", (datetime.datetime,), {"today": classmethod(lambda cls: datetime.datetime.strptime(day, "%Y-%m-%d"))})


@pytest.fixture(scope="module")
def rules():
    """cfn-lint's own rules; reading them takes longer than running them."""
    return cfnlint.core.get_rules([], [], ["I"])


@pytest.mark.parametrize("example", EXAMPLES["cfn-lint"], ids=name)
def test_cfn_lint_judges_the_examples_as_our_policies_do(example, rules, monkeypatch):
    if "day" in example:
        runtime = yaml.safe_load(example["fail"])["Resources"]["Judged"]["Properties"]["Runtime"]
        rule = next(rule for rule in rules if rule.id == example["rule"])
        day = rule.deprecated_runtimes[runtime][example["day"]]
        monkeypatch.setitem(type(rule).validate.__globals__, "datetime", on(day))
    for kind, expected in (("fail", [example["rule"]]), ("pass", [])):
        matches = cfnlint.api.lint(example[kind], rules)
        assert [match.rule.id for match in matches if match.rule.id == example["rule"]] == expected, kind


# -- Checkov, as it is


@pytest.fixture(scope="module")
def checkov():
    """What Checkov's own checks say of every example, all of them in one process of its environment."""
    texts = {
        f"{number}-{kind}": {"framework": packs.format_of(example["type"]), "text": example[kind]}
        for number, example in enumerate(EXAMPLES["Checkov"])
        for kind in ("fail", "pass")
    }
    given = json.dumps({"rules": list(MAPS["Checkov"].rules), "texts": texts})
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    script = str(Path(__file__).with_name("run_checkov.py"))
    done = subprocess.run([str(PYTHON), script], input=given, capture_output=True, encoding="utf-8", env=environment, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def said(results, example):
    """Results of the example's rule on resources of its type."""
    form = packs.format_of(example["type"])
    read = {"terraform": addresses.terraform, "cloudformation": addresses.cloudformation, "arm": addresses.azure}[form]
    bare = example["type"].removeprefix("data.").removeprefix("provider.")
    return [answer for rule, resource, answer in results if rule == example["rule"] and read(resource)[0] == bare]


def test_checkov_judges_the_examples_as_our_policies_do(checkov):
    wrong = [
        f"{name(example)}: {said(checkov['results'][f'{number}-{kind}'], example)} on the {kind}ing example"
        for number, example in enumerate(EXAMPLES["Checkov"])
        for kind, answer in (("fail", "FAILED"), ("pass", "PASSED"))
        if said(checkov["results"][f"{number}-{kind}"], example) != [answer]
    ]
    assert wrong == []


def test_no_type_that_a_check_judges_is_left_unsaid(checkov):
    """Where results name no type, an entry is taken only if it holds for all that the rule judges: so that list has to be whole."""
    wrong = {}
    for rule in MAPS["Checkov"].rules:
        found = MAPS["Checkov"].entries(rule)
        told = {type.casefold() for entry in found for type in (*entry.resources, *entry.also)}
        unsaid = [type for type in checkov["judged"][rule] if type.casefold() not in told]
        if unsaid:
            wrong[rule] = unsaid
    assert wrong == {}
