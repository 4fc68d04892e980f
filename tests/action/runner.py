"""A composite action run step by step, as GitHub's runner does it: expressions, bash, and the files that steps write to.

`uses:` steps are not run; they are recorded with their resolved inputs, and give the outputs that the caller names for them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash")
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|==|!=|&&|\|\||[A-Za-z_][\w.-]*)")


def expression(text: str, context: dict[str, Any]) -> Any:
    """The value of an expression: names, strings, ==, !=, && and ||, which are all that the action may use."""
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), f"the runner of these tests cannot read {text!r}"

    def operand(token: str) -> Any:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in ("true", "false"):
            return token == "true"
        value: Any = context
        for name in token.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return "" if value is None else value

    def comparison(words: list[str]) -> Any:
        if len(words) == 1:
            return operand(words[0])
        left, operator, right = words
        return (str(operand(left)).lower() == str(operand(right)).lower()) == (operator == "==")

    def split(words: list[str], at: str) -> list[list[str]]:
        parts: list[list[str]] = [[]]
        for word in words:
            if word == at:
                parts.append([])
            else:
                parts[-1].append(word)
        return parts

    value: Any = ""
    for alternative in split(tokens, "||"):
        for factor in split(alternative, "&&"):
            value = comparison(factor)
            if not value:
                break
        if value:
            break
    return value


def resolve(value: object, context: dict[str, Any]) -> str:
    """A value of the YAML file as text, with its expressions replaced."""
    text = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: str(expression(match.group(1).strip(), context)), str(text), flags=re.DOTALL)


def file_values(path: Path) -> dict[str, str]:
    """What a step wrote to GITHUB_OUTPUT: name=value, or name<<END … END."""
    values: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, sign, value = re.match(r"([^=<]+)(=|<<)(.*)", line).groups()  # type: ignore[union-attr]
        if sign == "<<":
            held = []
            while (inner := next(lines)) != value:
                held.append(inner)
            value = "\n".join(held)
        values[name] = value
    return values


class Result:
    """status: of the job; log: everything printed; summary: the job summary; outputs: the action's; used: the `uses` steps that would run."""

    def __init__(self) -> None:
        self.status = 0
        self.log = ""
        self.summary = ""
        self.outputs: dict[str, str] = {}
        self.used: list[tuple[str, dict[str, str]]] = []
        self.ran: list[str] = []


def run(
    workspace: Path,
    temporary: Path,
    inputs: dict[str, str] | None = None,
    event: dict[str, Any] | None = None,
    given: dict[str, dict[str, str]] | None = None,
    environment: dict[str, str] | None = None,
) -> Result:
    """Run action.yml in `workspace`.

    event   the `github.event` of the run; {"pull_request": …} or {} for a push
    given   step id -> outputs, for the steps that are not run
    """
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    unknown = set(inputs or {}) - set(action["inputs"])
    assert not unknown, f"the action has no input {unknown}"
    values = {name: resolve(spec.get("default", ""), {}) for name, spec in action["inputs"].items()} | (inputs or {})
    event = event or {}
    context: dict[str, Any] = {"inputs": values, "github": {"event": event}, "steps": {}}
    result = Result()
    summaries = []
    temporary.mkdir(exist_ok=True)
    for number, step in enumerate(action["runs"]["steps"]):
        name = step.get("id", f"step{number}")
        condition = str(step.get("if", "true"))
        condition = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", condition).strip()
        if result.status or (condition != "true" and not expression(condition, context)):
            continue
        outputs = dict((given or {}).get(name, {}))
        if "uses" in step:
            result.used.append((step["uses"], {key: resolve(value, context) for key, value in step.get("with", {}).items()}))
        elif name not in (given or {}):
            output, summary = temporary / f"output-{name}", temporary / f"summary-{name}"
            for file in (output, summary):
                file.write_bytes(b"")
            assert step["shell"] == "bash"
            script = temporary / f"{name}.sh"
            script.write_text(resolve(step["run"], context), encoding="utf-8")
            variables = {
                **os.environ,
                "GITHUB_ACTIONS": "true",
                "CI": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_WORKSPACE": str(workspace),
                "GITHUB_BASE_REF": event.get("pull_request", {}).get("base", {}).get("ref", ""),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "RUNNER_TEMP": str(temporary),
                **(environment or {}),
                **{key: resolve(value, context) for key, value in step.get("env", {}).items()},
            }
            # "shell: bash" is: bash --noprofile --norc -eo pipefail {0}
            done = subprocess.run(
                [BASH, "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=workspace,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=120,
            )
            result.ran.append(name)
            result.log += done.stdout.decode("utf-8")
            result.status = done.returncode
            outputs = file_values(output)
            summaries.append(summary.read_text(encoding="utf-8"))
        context["steps"][name] = {"outputs": outputs}
    result.summary = "".join(summaries)
    result.outputs = {name: resolve(spec["value"], context) for name, spec in action["outputs"].items()}
    return result
