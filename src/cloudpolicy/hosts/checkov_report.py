"""What Checkov has no place for, told beside it: unknown verdicts, and the sentence of every finding.

A summary goes to standard error. Where CLOUDPOLICY_CHECKOV_REPORT names a file, everything is written there as JSON; the framework is put before its
ending (cloudpolicy.terraform.json), because Checkov runs each framework in a process of its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys

from cloudpolicy.hosts.checkov_judge import UNREAD, Judged, Note
from cloudpolicy.model import Verdict
from cloudpolicy.reports import write
from cloudpolicy.texts import locale_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "CLOUDPOLICY_CHECKOV_REPORT"
SHOWN = 6  # policies that the summary names


def tell(framework: str, judged: Judged, ran: set[str]) -> None:
    """Tell what the policies that ran have left undecided, and write the report where one is asked for."""
    notes = [note for note in judged.notes if note.policy in ran]
    place = os.environ.get(VARIABLE, "")
    if place:
        place = _named(place, framework)
        _write(place, framework, notes)
    unknown = [note for note in notes if note.verdict == Verdict.UNKNOWN]
    unread = [note for note in notes if note.policy == UNREAD]
    if unknown or unread:
        print(_summary(framework, unknown, unread, place), file=sys.stderr)


def _summary(framework: str, unknown: list[Note], unread: list[Note], place: str) -> str:
    policies = sorted({note.policy for note in unknown})
    ids = ", ".join(policies[:SHOWN]) + (", …" if len(policies) > SHOWN else "")
    if locale_language() == "ja":
        said = [f"{len(unknown)} 件は判定できません({ids})"] if unknown else []
        said += [f"{len(unread)} 件は読み取れません"] if unread else []
        where = f"詳細: {place}" if place else f"詳細を書き出すには {VARIABLE}=ファイル名 を指定してください"
        return f"cloudpolicy ({framework}): {'、'.join(said)}。{where}"
    said = [f"{len(unknown)} verdict{'s are' if len(unknown) > 1 else ' is'} unknown ({ids})"] if unknown else []
    said += [f"{len(unread)} place{'s' if len(unread) > 1 else ''} could not be read"] if unread else []
    where = f"details: {place}" if place else f"set {VARIABLE}=FILE to have the details written"
    return f"cloudpolicy ({framework}): {' and '.join(said)}; {where}"


def _named(place: str, framework: str) -> str:
    stem, ending = os.path.splitext(os.path.abspath(place))
    return f"{stem}.{framework}{ending}"


def _write(place: str, framework: str, notes: list[Note]) -> None:
    """Several folders of one Checkov run (-d a -d b) are added up; another run starts anew."""
    process = _process()
    entries = [_entry(note) for note in notes]
    try:
        with open(place, encoding="utf-8") as file:
            before = json.load(file)
        if before["process"] == process:
            entries = [*(entry for entry in before["findings"] if entry not in entries), *entries]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    content = {"tool": "cloudpolicy", "host": "checkov", "framework": framework, "process": process, "findings": entries}
    write(place, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _process() -> str:
    """What tells this run of Checkov from every other: in a container each one has the same number."""
    parent = multiprocessing.parent_process()
    number = parent.pid if parent is not None else os.getpid()
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
            started = file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):  # no Linux
        started = ""
    return f"{number} {started}".rstrip()


def _entry(note: Note) -> dict[str, Any]:
    language = locale_language()
    return {
        "policy": note.policy,
        "verdict": "unread" if note.policy == UNREAD else note.verdict,
        "resource": note.resource,
        "file": note.file,
        "line": note.line,
        "message": note.message.pick(language),
    }
