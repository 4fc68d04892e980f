"""Writes function_cases.json: every call of function_calls.txt with what `terraform console` answers (null where it refuses).

Run it where terraform is: python tests/data/terraform/make_function_cases.py
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def top_level_arguments(inner: str) -> list[str]:
    arguments, depth, quoted, start, position = [], 0, False, 0, 0
    while position < len(inner):
        char = inner[position]
        if char == "\\" and quoted:
            position += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "([{":
            depth += 1
        elif not quoted and char in ")]}":
            depth -= 1
        elif not quoted and not depth and char == ",":
            arguments.append(inner[start:position].strip())
            start = position + 1
        position += 1
    return [*arguments, inner[start:].strip()] if inner.strip() else []


def main() -> None:
    with open(os.path.join(HERE, "function_calls.txt"), encoding="utf-8") as file:
        calls = [line for line in file.read().split("\n") if line]
    asked = []
    for call in calls:
        asked.append(f"[[{call[call.index('(') + 1 : -1]}], try([{call}], null)]")
    with tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            ["terraform", "console", "-no-color"],
            input=f"base64encode(jsonencode([{', '.join(asked)}]))\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=folder,
            check=False,
        )
    if not answer.stdout.startswith('"W'):
        raise SystemExit(answer.stdout[-2000:] + answer.stderr[-2000:])
    cases = []
    for call, (arguments, result) in zip(calls, json.loads(base64.b64decode(json.loads(answer.stdout))), strict=True):
        written = top_level_arguments(call[call.index("(") + 1 : -1])
        sets = [position for position, text in enumerate(written) if text.startswith("toset(")]
        cases.append({"call": call, "arguments": arguments, "sets": sets, "result": result})
    with open(os.path.join(HERE, "function_cases.json"), "w", encoding="utf-8", newline="\n") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
