"""Writes plan.json beside every configuration here, with the terraform and the AWS provider of this machine and without a network.

Run it as: python tests/data/terraform/plans/make_plans.py   (CLOUDPOLICY_TF_PLUGINS names the provider mirror)
"""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = ("city", "documents", "changes")


def mirror() -> str | None:
    """The folder that holds registry.terraform.io/hashicorp/aws/…; None when there is none."""
    usual = (
        os.environ.get("CLOUDPOLICY_TF_PLUGINS", ""),
        os.environ.get("TF_PLUGIN_CACHE_DIR", ""),
        os.path.expanduser("~/.terraform.d/plugins"),
        "/usr/share/terraform/plugins",
        "/usr/local/share/terraform/plugins",
        *sorted(glob.glob("/opt/*/")),
    )
    for folder in usual:
        if folder and glob.glob(os.path.join(folder, "registry.terraform.io", "hashicorp", "aws", "*")):
            return folder
    return None


def plan(name: str, plugins: str) -> str:
    """The JSON text of the plan of one configuration, with what changes from run to run made constant."""
    with tempfile.TemporaryDirectory() as folder:
        work = os.path.join(folder, name)
        shutil.copytree(os.path.join(HERE, name), work, ignore=shutil.ignore_patterns("plan.json"))
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("TF_", "AWS_"))}
        environment["CHECKPOINT_DISABLE"] = "1"

        def terraform(*arguments: str) -> str:
            done = subprocess.run(
                ["terraform", *arguments], cwd=work, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
            )
            if done.returncode:
                raise RuntimeError(done.stdout + done.stderr)
            return done.stdout

        terraform("init", f"-plugin-dir={plugins}", "-no-color", "-input=false")
        extra: list[str] = []
        if name == "changes":
            terraform("apply", "-auto-approve", "-no-color", "-input=false")
            extra = ["-var=step=2"]
        terraform("plan", "-refresh=false", "-out=plan.bin", "-no-color", "-input=false", *extra)
        text = terraform("show", "-json", "plan.bin")
        if folder in text:
            raise RuntimeError(f"the plan of {name} holds a path of this machine")
    text = re.sub(r'("timestamp":)"[^"]*"', r'\1"2026-01-01T00:00:00Z"', text)
    for number, identifier in enumerate(sorted(set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)))):
        text = text.replace(identifier, f"00000000-0000-4000-8000-{number:012d}")
    json.loads(text)
    return text


def main() -> None:
    plugins = mirror()
    if plugins is None:
        raise SystemExit("no provider mirror; name it in CLOUDPOLICY_TF_PLUGINS")
    for name in NAMES:
        with open(os.path.join(HERE, name, "plan.json"), "w", encoding="utf-8", newline="\n") as file:
            file.write(plan(name, plugins))


if __name__ == "__main__":
    main()
