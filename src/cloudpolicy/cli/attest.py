"""`cloudpolicy attest`: list what people state of the clauses, and add to it."""

from __future__ import annotations

import datetime
import os
import sys

from cloudpolicy import reports
from cloudpolicy.cli import Parser, columns, complain, options
from cloudpolicy.cli.options import OneOf, Option
from cloudpolicy.guidelines import attestations, writing
from cloudpolicy.guidelines import catalogue as catalogues
from cloudpolicy.guidelines.words import ATTESTED
from cloudpolicy.reports.columns import clean, wrap
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from cloudpolicy.guidelines.attestations import Attestation
    from cloudpolicy.guidelines.catalogue import Catalogue
    from cloudpolicy.model import Diagnostic

OPTIONS = (
    Option(
        "action",
        "list|add",
        "list (default) or add",
        "list(一覧、既定)または add(追加)",
        nargs="?",
        choices=("list", "add"),
        default="list",
    ),
    Option(
        "clauses",
        "CLAUSE",
        "clauses' ids; 'fisc-2012:設*' stands for all that begin so",
        "条項の ID。'fisc-2012:設*' はそれで始まるすべて",
        nargs="*",
    ),
    options.ATTESTATIONS.also("--file"),
    OneOf(
        Option("--statement", "TEXT", "what is stated to be done", "実施している内容"),
        Option("--report", "NAME", "the provider's certificate or report", "事業者の認証・報告書の名称"),
        Option("--not-applicable", "REASON", "why it does not apply", "対象外とする理由"),
    ),
    Option("--by", "NAME", "who states or confirmed it", "証明・確認した人"),
    Option("--role", "ROLE", "that person's function", "その人の役割"),
    Option("--evidence", "REF", "document reference or URL", "文書番号または URL"),
    Option("--provider", "NAME", "the provider, with --report", "事業者名(--report とともに)"),
    Option("--period", "PERIOD", "what the report covers", "報告書の対象期間"),
    options.DATE.but("day of the statement, YYYY-MM-DD (default: today)", "証明した日 YYYY-MM-DD(既定: 今日)"),
    options.EXPIRES.but("last day on which it counts, YYYY-MM-DD (default: a year on)", "有効期間の最終日 YYYY-MM-DD(既定: 1 年後)"),
    options.format_of("text", "json"),
    options.LANG,
)
STATUS = Text("an attestation has expired or will soon", "期限切れ、またはまもなく期限を迎える証明がある")


def main(given: Namespace, parser: Parser) -> int:
    today = datetime.date.today()
    catalogue = catalogues.load()
    path = os.path.abspath(given.attestations) if given.attestations else attestations.find(os.getcwd())
    if given.action == "add":
        return _add(given, parser, catalogue, path or os.path.join(os.getcwd(), attestations.NAME), today)
    found: list[Attestation] = []
    problems: list[Diagnostic] = []
    if path is None:
        print(
            parser.say(
                f"there is no {attestations.NAME} here; begin one with: cloudpolicy attest add --help",
                f"{attestations.NAME} がありません。追加の方法: cloudpolicy attest add --help",
            ),
            file=sys.stderr,
        )
    else:
        found, problems = attestations.load(path, catalogue, today)
    wanted = set(_expanded(given.clauses, parser, catalogue)) if given.clauses else None
    found = [one for one in found if wanted is None or wanted.intersection(one.clauses)]
    if given.format == "json":
        import json

        print(json.dumps({"attestations": [_as_json(one, today) for one in found]}, ensure_ascii=False, indent=1))
    else:
        for one in found:
            print(_shown(one, today, parser))
    for problem in problems:
        complain(problem, parser.language)
    return 2 if any(problem.severity == "error" for problem in problems) else 1 if problems else 0


def _add(given: Namespace, parser: Parser, catalogue: Catalogue, path: str, today: datetime.date) -> int:
    section, values = _entry(given, parser, catalogue, today)
    before: bytes = b""
    if os.path.exists(path):
        with open(path, "rb") as file:
            before = file.read()
    try:
        text = writing.added(before.decode("utf-8-sig"), section, values)
    except UnicodeDecodeError:
        parser.fail(f"{path} is not UTF-8", f"{path} は UTF-8 ではありません")
    except writing.CannotAdd as error:
        parser.error(f"{path}: {error.text.pick(parser.language)}")
    _, problems = attestations.taken(path, text.encode(), catalogue, today)
    _, known = attestations.taken(path, before, catalogue, today) if before.strip() else ([], [])
    old = {problem.text for problem in known}
    new = [problem for problem in problems if problem.severity == "error" and problem.text not in old]
    if new:  # nothing is written that would not count
        for problem in new:
            complain(problem, parser.language)
        return 2
    try:
        reports.write(path, text)
    except OSError as error:
        parser.cannot_write(path, error)
    n = len(values["clauses"])
    print(parser.say(f"{path}: {n} clause{'s' if n > 1 else ''} added", f"{path}: {n} 件の条項を追加しました"))
    return 0


def _entry(given: Namespace, parser: Parser, catalogue: Catalogue, today: datetime.date) -> tuple[str, dict[str, Any]]:
    """(list, entry) that the command line describes; ends the program when it is incomplete."""
    day = options.day(given.date, "--date", parser) or today
    expires = options.day(given.expires, "--expires", parser) or _year_on(day)
    if given.report:
        section, texts = (
            "provider_evidence",
            {"provider": given.provider, "report": given.report, "period": given.period, "confirmed_by": given.by},
        )
    elif given.not_applicable:
        section, texts = "not_applicable", {"reason": given.not_applicable, "attester": given.by}
    elif given.statement:
        section, texts = "attestations", {"statement": given.statement, "attester": given.by}
    else:
        parser.fail(
            "give --statement, --report or --not-applicable", "--statement、--report、--not-applicable のいずれかを指定してください"
        )
    texts["role"] = given.role
    dates = {"date": day.isoformat(), "expires": expires.isoformat()}
    rest = {} if section == "not_applicable" else {"evidence": given.evidence}
    said_by = {"attester": "--by", "confirmed_by": "--by"}
    lacking = list(dict.fromkeys(said_by.get(key, f"--{key}") for key, value in {**texts, **rest}.items() if not value))
    if not given.clauses:
        lacking.insert(0, "CLAUSE")
    if lacking:
        parser.fail(f"also give {', '.join(lacking)}", f"{'、'.join(lacking)} も指定してください")
    return section, {"clauses": _expanded(given.clauses, parser, catalogue), **texts, **dates, **rest}


def _expanded(names: list[str], parser: Parser, catalogue: Catalogue) -> list[str]:
    """Ids, with those that a trailing * stands for; the file itself holds ids only, so that a review sees each."""
    found: list[str] = []
    for name in names:
        fitting = [id for id in catalogue.clauses if id.startswith(name[:-1])] if name.endswith("*") else [name]
        if not fitting or not (name.endswith("*") or name in catalogue.clauses):
            parser.fail(
                f"there is no clause {name!r}; see: cloudpolicy guidelines",
                f"条項 {name!r} はありません(cloudpolicy guidelines で確認できます)",
            )
        found += fitting
    return list(dict.fromkeys(found))


def _year_on(day: datetime.date) -> datetime.date:
    """The last day of the year that begins on `day`."""
    next = day.replace(year=day.year + 1, day=min(day.day, 28) if day.month == 2 else day.day)
    return next - datetime.timedelta(days=1)


def _state(one: Attestation, today: datetime.date) -> Text:
    if one.counts(today):
        return Text("in force", "有効")
    return Text("not yet in force", "開始前") if one.day > today else Text("expired", "期限切れ")


def _shown(one: Attestation, today: datetime.date, parser: Parser) -> str:
    language = parser.language
    head = f"[{_state(one, today).pick(language)}] {ATTESTED[one.kind].pick(language)}: {one.summary().pick(language)}"
    place = f"{os.path.relpath(one.span.file)}:{one.span.line}"
    details = [
        ", ".join(one.clauses),
        *(
            f"{label}: {value}"
            for label, value in ((parser.say("evidence", "証跡"), one.evidence), (parser.say("period", "対象期間"), one.period))
            if value
        ),
        place,
    ]
    room = columns()
    return "\n".join([*wrap(clean(head), room), *(f"    {line}" for text in details for line in wrap(clean(text), room - 4))])


def _as_json(one: Attestation, today: datetime.date) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "clauses": list(one.clauses),
        "statement": one.statement,
        "attester": one.attester,
        "role": one.role,
        "date": one.day.isoformat(),
        "expires": one.expires.isoformat(),
        "in_force": one.counts(today),
        "evidence": one.evidence or None,
        "provider": one.provider or None,
        "period": one.period or None,
        "file": one.span.file,
        "line": one.span.line,
    }
