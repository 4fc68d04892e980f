"""The two scripted steps of action.yml: `install` puts cloudpolicy into an environment of its own, `scan` runs it and hands back the results.

Inputs come from the environment and go to programs as arguments; no shell reads them. What a pull request's author can write (file names,
templates, configuration) reaches the log only as an escaped workflow command, or where commands are switched off.
"""

from __future__ import annotations

import html
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile

Outputs = dict[str, object]
RESULTS = 25_000  # code scanning refuses a file with more in a run
LEVELS = ("error", "warning", "note", "none")


class WrongInput(Exception):
    """An input of the action cannot be used; the text says which, and what it may be."""


def install() -> Outputs:
    """A virtual environment in the runner's temporary folder: nothing is added to the job's own Python, nothing of it is imported."""
    version = os.environ.get("VERSION", "").strip()
    if version and not re.fullmatch(r"[0-9][0-9A-Za-z.+!-]*", version):
        raise WrongInput(f"version: {version!r} is no release; write one such as 1.0.0, or leave it out")
    wanted = f"cloudpolicy=={version}" if version else os.environ["GITHUB_ACTION_PATH"]
    folder = tempfile.mkdtemp(prefix="cloudpolicy-", dir=os.environ["RUNNER_TEMP"])
    programs = os.path.join(folder, "Scripts" if os.name == "nt" else "bin")
    subprocess.run([sys.executable, "-I", "-m", "venv", folder], check=True)
    pip = [os.path.join(programs, "python"), "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input"]
    subprocess.run([*pip, "--", wanted], check=True)
    return {"command": os.path.join(programs, "cloudpolicy")}


def scan() -> Outputs:
    """Annotations on standard output, the job summary, and the outputs; the exit status is an output, too, so that SARIF is still uploaded."""
    folder = tempfile.mkdtemp(prefix="cloudpolicy-report-", dir=os.environ["RUNNER_TEMP"])
    report, sarif, summary = (os.path.join(folder, name) for name in ("report.json", "report.sarif", "summary.md"))
    command = [os.environ["CLOUDPOLICY"], "scan", *options(), "--format", "github"]
    for path in (report, sarif, summary):
        command += ["--output", path]
    sys.stdout.flush()
    done = subprocess.run([*command, "--", *paths()], env={**os.environ, "PYTHONUTF8": "1"}, stderr=subprocess.PIPE)
    said = done.stderr.decode("utf-8", "replace")
    if not os.path.isfile(report):
        fail(said or f"cloudpolicy ended with status {done.returncode}")
        return {"exit-status": done.returncode or 2}
    show(said)
    with open(summary, "rb") as source, open(os.environ["GITHUB_STEP_SUMMARY"], "ab") as target:
        target.write(source.read() + b"\n")
    with open(report, encoding="utf-8") as file:
        result = json.load(file)
    shorten(sarif)
    counts = result["summary"]
    return {
        "failures": counts["fail"] - counts.get("known", 0),
        "known": counts.get("known", 0),
        "waived": counts["waived"],
        "unknown": counts["unknown"],
        "passed": counts["pass"],
        "unread": sum(diagnostic["severity"] == "error" for diagnostic in result["diagnostics"]),
        "exit-status": done.returncode,
        "report": report,
        "sarif": sarif,
    }


def shorten(sarif: str) -> None:
    """No more results than code scanning takes, the gravest first, and a word on the rest."""
    with open(sarif, encoding="utf-8") as file:
        log = json.load(file)
    run = log["runs"][0]
    left = len(run["results"]) - RESULTS
    if left > 0:
        run["results"] = sorted(run["results"], key=lambda result: LEVELS.index(result["level"]))[:RESULTS]
        with open(sarif, "w", encoding="utf-8") as file:
            json.dump(log, file, ensure_ascii=False)
        print(
            f"::warning title=cloudpolicy::code scanning takes {RESULTS:,} results; the {left:,} least grave are in the log and the"
            " JSON report only",
            flush=True,
        )


def paths() -> list[str]:
    return [line.strip() for line in os.environ.get("PATHS", "").splitlines() if line.strip()] or ["."]


def options() -> list[str]:
    """The scan's options as the inputs ask for them; an empty input leaves the decision to the configuration file."""
    given = []
    for option, name in (("--profile", "PROFILE"), ("--fail-on", "FAIL_ON"), ("--baseline", "BASELINE"), ("--lang", "REPORT_LANG")):
        value = os.environ.get(name, "").strip()
        if value:
            given.append(f"{option}={value}")  # one word: a value that begins with a hyphen is no option of its own
    if switch("STRICT", "strict"):
        given.append("--strict")
    since = merge_base_with() if switch("NEW_ONLY", "new-only") else ""
    if since:
        given.append(f"--since={since}")
    return given


def switch(name: str, input: str) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in ("true", "false", ""):
        raise WrongInput(f"{input}: {value!r} is neither true nor false")
    return value == "true"


def merge_base_with() -> str:
    """What the change is to be compared with: the target branch as fetched, else the commit that the event names; "" for no pull request.

    The branch comes first: where it has moved on since the event, the merge commit that is checked out already holds the newer state.
    """
    commit = os.environ.get("PULL_REQUEST_BASE") or os.environ.get("MERGE_GROUP_BASE") or ""
    branch = os.environ.get("GITHUB_BASE_REF", "")
    if not commit:
        return ""
    if branch:
        name = f"refs/remotes/origin/{branch}"
        found = subprocess.run(["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"], capture_output=True)
        if found.returncode == 0:
            return name
    return commit


def show(text: str) -> None:
    """`text` into the log, where nothing in it is obeyed."""
    if text.strip():
        token = secrets.token_hex(16)
        print(f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::", flush=True)


def fail(text: str) -> None:
    """`text` as an error of the job and in its summary."""
    text = text.strip()
    print("::error title=cloudpolicy::" + text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"), flush=True)
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as file:
        file.write(f"## cloudpolicy\n\n<pre>{html.escape(text)}</pre>\n")


def main(step: str) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        outputs = {"install": install, "scan": scan}[step]()
    except WrongInput as error:
        fail(str(error))
        return 2
    except subprocess.CalledProcessError as error:
        fail(f"cloudpolicy could not be installed: {error.cmd[0]} ended with status {error.returncode}")
        return 2
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in outputs.items())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
