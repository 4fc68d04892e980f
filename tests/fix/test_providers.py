"""What fixing writes is valid: `terraform validate` and cfn-lint find no fault after it that was not there before."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter

import pytest

from cloudpolicy.sources.terraform import syntax
from fix_examples import every

VARIABLE = re.compile(r'^variable "(\w+)"', re.MULTILINE)
MARK = re.compile(r"[ \t]*#\s*(?:fail|unknown)[ \t]*$", re.MULTILINE)


def shown(words, folder):
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return done.stdout, done.stderr


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


def validated(folder, examples):
    """(example, what is wrong) -> how often, for every example as a module of one configuration."""
    for name, files in examples.items():
        for file, text in files.items():
            path = folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    calls = ['resource "terraform_data" "any" {}\n']  # its output may be anything
    for name, files in examples.items():
        variables = "".join(
            f"  {variable} = terraform_data.any.output\n"
            for variable in VARIABLE.findall("".join(text for file, text in files.items() if "/" not in file))
        )
        calls.append(f'module "{name}" {{\n  source = "./{name}"\n{variables}}}\n')
    (folder / "main.tf").write_text("".join(calls), encoding="utf-8")
    _, complaint = shown(
        [shutil.which("terraform"), "init", "-backend=false", "-input=false", f"-plugin-dir={os.environ['CLOUDPOLICY_PLUGIN_DIR']}"], folder
    )
    out, _ = shown([shutil.which("terraform"), "validate", "-json"], folder)
    unformatted, _ = shown([shutil.which("terraform"), "fmt", "-check", "-recursive"], folder)
    result = json.loads(out)
    found = Counter()
    for one in result["diagnostics"]:
        file = one.get("range", {}).get("filename", "")
        found[file.partition("/")[0], one["severity"], one["summary"], one["detail"]] += 1
    found.update((line.partition("/")[0], "warning", "unformatted", line) for line in unformatted.splitlines())
    assert (folder / ".terraform" / "providers").is_dir(), complaint
    return found


@pytest.mark.slow
def test_terraform_validates_what_is_fixed(tmp_path):
    """Needs terraform and the AWS provider in the folder that CLOUDPOLICY_PLUGIN_DIR names."""
    if shutil.which("terraform") is None or "CLOUDPOLICY_PLUGIN_DIR" not in os.environ:
        pytest.skip("terraform is not installed, or CLOUDPOLICY_PLUGIN_DIR does not say where the AWS provider is")
    changed = {
        example.name: (before, after)
        for example in every("terraform")
        if (before := aws_only(example.before)) != (after := aws_only(example.after)) and before and after
    }
    assert len(changed) > 100
    before = validated(tmp_path / "before", {name: before for name, (before, _) in changed.items()})
    after = validated(tmp_path / "after", {name: after for name, (_, after) in changed.items()})
    # an example that leaves a required block out gets one with what the policy asks for: a required part is missing before and after
    lacking = {name for (name, _, summary, _) in before - after if summary.startswith("Insufficient ")}
    assert {fault for fault in after - before if not (fault[0] in lacking and fault[2] == "Missing required argument")} == set()


@pytest.mark.slow
def test_cfn_lint_finds_nothing_new():
    cfnlint = pytest.importorskip("cfnlint.api")
    from cfnlint.config import ManualArgs

    def faults(files):
        found = Counter()
        for text in files.values():
            for match in cfnlint.lint(text, config=ManualArgs(regions=["ap-northeast-1"])):
                found[match.rule.id, re.sub(r"\d+", "", match.message)] += 1
        return found

    changed = [example for example in every("cloudformation") if example.before != example.after]
    assert len(changed) > 80
    new = {example.name: sorted(fault) for example in changed if (fault := faults(example.after) - faults(example.before))}
    assert new == {}
