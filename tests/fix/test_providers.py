"""What fixing writes is valid: `terraform validate` and cfn-lint find no fault after it that was not there before."""

import re
from collections import Counter

import pytest

from cloudpolicy.sources.terraform import syntax
from fix_examples import every
from fix_providers import lint, validated

VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)
MARK = re.compile(r"[ \t]*#\s*(?:fail|unknown)[ \t]*$", re.MULTILINE)


def aws_only(files):
    """The files without what the AWS provider does not know; nothing when they are not for Terraform, or ask for other things to be set up."""
    found = {}
    for file, text in files.items():
        text = MARK.sub("", text)  # Terraform takes no comment behind <<EOT
        parsed = syntax.parse(file, text.encode())
        if not file.endswith(".tf") or parsed.problems:
            return {}
        for block in reversed(parsed.body.blocks):
            if block.type in ("provider", "terraform"):
                return {}
            if block.type in ("resource", "data") and not block.labels[0].startswith("aws_"):
                data = text.encode()
                text = (data[: block.start] + data[block.end :].lstrip(b"\n")).decode()
        found[file] = text
    return found


def together(examples):
    """The files of one configuration that calls every example as a module."""
    texts = {f"{name}/{file}": text.encode() for name, files in examples.items() for file, text in files.items()}
    calls = ['resource "terraform_data" "any" {}\n']  # its output may be anything
    for name, files in examples.items():
        variables = "".join(
            f"  {variable} = terraform_data.any.output\n"
            for variable in VARIABLE.findall("".join(text for file, text in files.items() if "/" not in file))
        )
        calls.append(f'module "{name}" {{\n  source = "./{name}"\n{variables}}}\n')
    return texts | {"main.tf": "".join(calls).encode()}


@pytest.mark.slow
def test_terraform_validates_what_is_fixed(tmp_path):
    changed = {
        example.name: (before, after)
        for example in every("terraform")
        if (before := aws_only(example.before)) != (after := aws_only(example.after)) and before and after
    }
    assert len(changed) > 100
    before = validated(tmp_path / "before", together({name: before for name, (before, _) in changed.items()}))
    after = validated(tmp_path / "after", together({name: after for name, (_, after) in changed.items()}))
    # an example that leaves a required block out gets one with what the policy asks for: a required part is missing before and after
    lacking = {name for (name, _, summary, _) in before - after if summary.startswith("Insufficient ")}
    assert {fault for fault in after - before if not (fault[0] in lacking and fault[2] == "Missing required argument")} == set()


def faults(files):
    return sum((lint(text) for text in files.values()), Counter())


def test_cfn_lint_finds_nothing_new():
    changed = [example for example in every("cloudformation") if example.before != example.after]
    assert len(changed) > 80
    new = {}
    for example in changed:
        after = faults(example.after)
        if after and (fault := after - faults(example.before)):
            new[example.name] = sorted(fault)
    assert new == {}


def test_what_cannot_be_changed_in_place_is_told():
    """By the resource schemas that cfn-lint bundles: a create-only property makes the resource anew."""
    manager = pytest.importorskip("cfnlint.schema.manager").PROVIDER_SCHEMA_MANAGER
    wrong = set()
    seen = 0
    for example in every("cloudformation"):
        for case in example.targets:
            kept = [(type, path) for type, path in case.edits if "::" in type and path[0] not in ("DeletionPolicy", "UpdateReplacePolicy")]
            anew = any(_fixed_for_good(manager, type, path) for type, path in kept)
            seen += anew
            if kept and case.fixed and anew and not case.effect:
                wrong.add((case.key[:2], *kept))
    assert wrong == set()
    assert seen >= 20


def _fixed_for_good(manager, type, path):
    for pointer in manager.get_resource_schema("ap-northeast-1", type).schema.get("createOnlyProperties", ()):
        parts = tuple(part for part in pointer.split("/")[2:] if part != "*")
        if path[: len(parts)] == parts or parts[: len(path)] == path:
            return True
    return False


def test_a_fault_would_be_seen():
    bucket = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccelerateConfiguration:\n        {}\n"
    assert sum((lint(bucket.format("AccelerationStatus: Enable")) - lint(bucket.format("AccelerationStatus: Enabled"))).values()) == 1
