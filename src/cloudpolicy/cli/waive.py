"""`cloudpolicy waive POLICY`: one more entry in cloudpolicy-waivers.yaml; what is missing is asked for on a terminal."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, options, reporting
from cloudpolicy.cli.options import Option
from cloudpolicy.config import ConfigError
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.guidelines.catalogue import Catalogue
    from cloudpolicy.waivers.reading import Known

_QUESTIONS = {
    "reason": Text("Why is the exception acceptable?", "例外を認める理由"),
    "requested_by": Text("Who asks for it?", "申請者(設定者)"),
    "approved_by": Text("Who approved it?", "承認者(設定管理者)"),
    "expires": Text("Last day on which it counts (YYYY-MM-DD)?", "有効期間の最終日(YYYY-MM-DD)"),
}

OPTIONS = (
    Option("policy", "POLICY", "id of the policy", "ポリシーの ID"),
    Option("--resource", "ADDRESS", "resource address; * for any characters", "リソースのアドレス(* は任意の文字列)"),
    Option(
        "--file",
        "PATH",
        "file or folder, instead of --resource or with it",
        "ファイルまたはフォルダ(--resource の代わり、または併用)",
    ),
    Option("--reason", "TEXT", "why the exception is acceptable", "例外を認める理由"),
    Option("--requested-by", "NAME", "who asks for it", "申請者(設定者)"),
    Option("--approved-by", "NAME", "who approved it: somebody else", "承認者(設定管理者)。申請者とは別の人"),
    options.EXPIRES,
    Option("--granted", "DATE", "first day on which it counts, YYYY-MM-DD (default: today)", "有効期間の初日 YYYY-MM-DD(既定: 今日)"),
    Option("--clause", "ID", "clause that grants the exception", "例外を認める根拠の条項"),
    Option("--ticket", "TEXT", "where the approval is recorded", "承認の記録(チケット番号、決裁番号など)"),
    Option("--id", "ID", "its name (default: the next W-001)", "識別子(既定: 次の W-001)"),
    options.CONFIG,
    options.OWN_POLICIES,
    options.LANG,
)


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy import reports, scan, waivers
    from cloudpolicy.sources import files
    from cloudpolicy.waivers import writing

    here = os.getcwd()
    try:
        config = reporting.configured(given, parser, here)
        known = _known(given)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    values = {key: getattr(given, key) or "" for key in ("id", "resource", "reason", "clause", "requested_by", "approved_by", "ticket")}
    project = scan.project_folder(here, config)
    folder = _folder(here, project)
    today = waivers.today()
    values |= {"policy": given.policy, "expires": given.expires or "", "granted": given.granted or today}
    if given.file:
        values["file"] = os.path.relpath(os.path.abspath(given.file), folder).replace(os.sep, "/")
    _complete(values, parser)
    path = os.path.join(folder, waivers.NAME)
    name = os.path.relpath(path, here)
    try:
        data = files.read_bytes(path, project) if os.path.lexists(path) else b""
        waiver, text = writing.added(path, data, values, today, config.values["waiver_max_days"], known)
        reports.write(path, text)
    except (files.Unreadable, writing.NotWritten) as error:
        words = error.text if isinstance(error, writing.NotWritten) else error.diagnostic.text
        parser.fail(f"{name} is unchanged: {words.en}", f"{name} は変更していません: {words.ja}")
    except OSError as error:
        parser.cannot_write(name, error)
    place = f"{name}:{waiver.span.line}"
    print(
        parser.say(
            f"{waiver.id} written to {place}: {waiver.policy}, in force from {waiver.granted} to {waiver.expires}",
            f"{waiver.id} を {place} に追加しました: {waiver.policy}、有効期間 {waiver.granted} から {waiver.expires} まで",
        )
    )
    if waiver.clause and not any(clause.id == waiver.clause for clause in _clauses()):
        print(
            parser.say(
                f"note: {waiver.clause} is no clause of the catalogue (see: cloudpolicy guidelines); it is written as it stands",
                f"注意: {waiver.clause} は収録された条項の ID ではありません(一覧: cloudpolicy guidelines)。入力どおりに記録しました",
            ),
            file=sys.stderr,
        )
    return 0


def _clauses() -> Catalogue:
    from cloudpolicy.guidelines import catalogue

    return catalogue.load()


def _known(given: Namespace) -> Known:
    from cloudpolicy.policy import pack as packs

    return packs.load_with(os.path.abspath(given.policies) if given.policies else None).known


def _folder(here: str, project: str) -> str:
    """Where the nearest waivers file stands, else the project's folder."""
    from cloudpolicy.waivers import NAME

    folder = here
    while not os.path.lexists(os.path.join(folder, NAME)):
        if folder == project or not folder.startswith(project):
            return project
        folder = os.path.dirname(folder)
    return folder


def _complete(values: dict[str, str], parser: Parser) -> None:
    """Ask for what is missing, or end with the options that would say it."""
    from cloudpolicy.waivers import reading

    missing = [key for key in _QUESTIONS if not values[key].strip()]
    if not values["resource"] and not values.get("file"):
        missing.insert(0, "resource")
    if not missing:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        lacking = ", ".join("--" + key.replace("_", "-") for key in missing)
        parser.fail(f"still needed: {lacking}", f"次のオプションが必要です: {lacking}")
    questions = {
        "resource": Text("Which resource (address; * for any characters)?", "対象リソースのアドレス(* は任意の文字列)"),
        **_QUESTIONS,
    }
    for key in missing:
        while not values[key].strip():
            print(questions[key].pick(parser.language), end=" ", file=sys.stderr, flush=True)
            line = sys.stdin.readline()
            if not line:
                parser.fail("ended without an answer; nothing was written", "入力が終わったため、何も書き込みませんでした")
            values[key] = line.strip()
            if key == "expires" and values[key] and reading.day_of(values[key]) is None:
                print(parser.say("A date such as 2027-03-31, please.", "2027-03-31 の形で入力してください。"), file=sys.stderr)
                values[key] = ""
