"""What `terraform validate` and cfn-lint say of a text, as counts: what the tests of fixing hold the edits against."""

import functools
import json
import os
import re
import shutil
import subprocess
from collections import Counter

import pytest

# Rules of cfn-lint that are behind the service: (rule, beginning of the message).
BEHIND = {("E3692", "Additional properties are not allowed 'EnableIAMDatabaseAuthentication'")}  # the API takes it for Multi-AZ clusters


@functools.cache
def _runner():
    """One for all templates: loading the rules takes ten times as long as holding one template against them."""
    pytest.importorskip("cfnlint.runner")
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    return Runner(ConfigMixIn(regions=["ap-northeast-1"]))


def lint(text):
    """(rule, message) -> how often, for one CloudFormation template."""
    from cfnlint.decode.decode import decode_str

    found = Counter()
    template, unread = decode_str(text)
    for match in unread or _runner().validate_template(template):
        words = re.sub(r"\{.*\}|\d+", "…", match.message)  # what it quotes of the text may have grown
        if not any(match.rule.id == rule and words.startswith(beginning) for rule, beginning in BEHIND):
            found[match.rule.id, words] += 1
    return found


def validated(folder, texts):
    """(top folder or file, severity, summary, detail) -> how often, for one configuration of the files `texts`, unformatted files included.

    Needs terraform, and the AWS provider in the folder that CLOUDPOLICY_PLUGIN_DIR names; skips the test where one is missing.
    """
    terraform = shutil.which("terraform")
    if terraform is None or "CLOUDPOLICY_PLUGIN_DIR" not in os.environ:
        pytest.skip("terraform is not installed, or CLOUDPOLICY_PLUGIN_DIR does not say where the AWS provider is")
    for file, text in texts.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)

    def shown(*words):
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
        return subprocess.run([terraform, *words], cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300)

    complaint = shown("init", "-backend=false", "-input=false", f"-plugin-dir={os.environ['CLOUDPOLICY_PLUGIN_DIR']}").stderr
    assert (folder / ".terraform" / "providers").is_dir(), complaint
    found = Counter()
    for one in json.loads(shown("validate", "-json").stdout)["diagnostics"]:
        file = one.get("range", {}).get("filename", "")
        found[file.partition("/")[0], one["severity"], one["summary"], one["detail"]] += 1
    for line in shown("fmt", "-check", "-recursive").stdout.splitlines():
        found[line.partition("/")[0], "warning", "unformatted", line] += 1
    return found
