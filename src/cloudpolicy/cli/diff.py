"""`cloudpolicy diff`: two handover packs or JSON reports against each other."""

from __future__ import annotations

from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from cloudpolicy.handover.diff import Change, Difference
    from cloudpolicy.handover.snapshot import Finding

SCHEMA = "cloudpolicy/diff/v1"

_FINDINGS = {
    "new": Text("New findings", "新しい指摘"),
    "gone": Text("Findings that are gone", "なくなった指摘"),
    "changed": Text("Changed verdicts", "変わった判定"),
}
_RUN = {
    "version": Text("version of cloudpolicy", "cloudpolicy のバージョン"),
    "policies": Text("policies", "ポリシー集"),
    "guidelines": Text("guidelines", "ガイドラインのデータ"),
    "profile": Text("profile", "プロファイル"),
    "number of policies": Text("number of policies", "ポリシー数"),
}
_SOURCES = {"new": Text("new", "追加"), "gone": Text("gone", "削除"), "changed": Text("changed", "変更")}

OPTIONS = (
    Option("old", "OLD", "earlier pack, or report of scan --format json", "以前のパック、または scan --format json のレポート"),
    Option("new", "NEW", "later one", "新しいもの"),
    options.format_of("text", "json"),
    options.LANG,
)
STATUS = Text("something got worse", "悪化した項目がある")


def main(given: Namespace, parser: Parser) -> int:
    """0 nothing got worse, 1 something did, 2 one of the two cannot be used."""
    from cloudpolicy.handover.diff import Difference
    from cloudpolicy.handover.snapshot import Unusable, load

    try:
        found = Difference(load(given.old), load(given.new))
    except Unusable as error:
        parser.error(error.text.pick(parser.language))
    if given.format == "json":
        _json(found)
    else:
        _text(found, parser)
    return 1 if found.worse else 0


def _text(found: Difference, parser: Parser) -> None:
    from cloudpolicy.guidelines.status import STATUSES
    from cloudpolicy.reports.columns import clean
    from cloudpolicy.reports.words import VERDICT

    say, language = parser.say, parser.language

    def word(table: Any, key: str) -> str:
        return str(table[key].pick(language)) if key in table else key

    def section(title: str, lines: list[tuple[bool, str]]) -> None:
        if lines:
            print(f"{title}: {len(lines)}")
            for worse, line in lines:
                print(f"  {'!' if worse else ' '} {clean(line)}")

    def named(change: Change) -> str:
        verdicts = [word(VERDICT, finding.verdict) for finding in (change.old, change.new) if finding]
        finding = change.new or change.old
        assert finding is not None
        place = f"{finding.file}:{finding.line}"
        return f"{' → '.join(verdicts)}  {finding.policy} {finding.address or finding.type} ({place})"

    for key, title in _FINDINGS.items():
        section(title.pick(language), [(change.worse, named(change)) for change in getattr(found, key)])
    clauses = [(worse, f"{word(STATUSES, old)} → {word(STATUSES, new)}  {id}") for id, old, new, worse in found.clauses]
    section(say("Clauses", "条項"), clauses)
    section(say("Sources", "検査対象ファイル"), [(False, f"{word(_SOURCES, state)}  {file}") for file, state in found.sources])
    for state, heading in (
        ("new", say("New differences of what is deployed", "配備済みリソースの新しい差異")),
        ("gone", say("Differences of what is deployed that are gone", "なくなった配備済みリソースの差異")),
    ):
        section(heading, [(state == "new", f"{message} ({file})") for file, message, now in found.apart if now == state])
    section(say("Run with", "検査の条件"), [(False, f"{word(_RUN, name)}: {old} → {new}") for name, old, new in found.run])
    section(say("Cannot be read any more", "読み取れなくなったもの"), [(True, message) for message in found.unread])
    if found.worse:
        print(say("Something got worse (marked !).", "悪化した項目があります(! の行)。"))
    elif found.same:
        print(say("Nothing changed.", "変化はありません。"))
    else:
        print(say("Nothing got worse.", "悪化した項目はありません。"))


def _json(found: Difference) -> None:
    import json
    import sys

    def finding(one: Finding | None) -> dict[str, Any] | None:
        return None if one is None else {name: getattr(one, name) for name in type(one).__slots__}

    content = {
        "schema": SCHEMA,
        "worse": found.worse,
        **{
            key: [{"old": finding(change.old), "new": finding(change.new), "worse": change.worse} for change in getattr(found, key)]
            for key in _FINDINGS
        },
        "clauses": [{"id": id, "old": old, "new": new, "worse": worse} for id, old, new, worse in found.clauses],
        "sources": [{"file": file, "state": state} for file, state in found.sources],
        "run": [{"name": name, "old": old, "new": new} for name, old, new in found.run],
        "unread": found.unread,
        "differences": [{"file": file, "message": message, "state": state} for file, message, state in found.apart],
    }
    sys.stdout.write(json.dumps(content, indent=1) + "\n")
