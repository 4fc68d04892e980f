"""`cloudpolicy handover`: the pack that is handed over with a system."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, reporting
from cloudpolicy.cli.scan import add_reading, request_of
from cloudpolicy.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from argparse import Namespace

    from cloudpolicy.handover.dossier import Dossier
    from cloudpolicy.texts import Language, Text


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar=say("PATH", "パス"),
        help=say("folders or files (default: .)", "フォルダまたはファイル(既定: .)"),
    )
    parser.add_argument(
        "--system", required=True, metavar="NAME", help=say("name of the system, for the cover", "表紙に記載する対象システムの名称")
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="DIR",
        help=say("folder of the pack: new, or an earlier pack, which is replaced", "パックのフォルダ(新規、または置き換える既存のパック)"),
    )
    parser.add_argument(
        "--attestations",
        metavar="FILE",
        help=say("statements (default: the nearest attestations.yaml)", "証明ファイル(既定: 直近の attestations.yaml)"),
    )
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help=say("day of the check (default: SOURCE_DATE_EPOCH, else today)", "点検日(既定: SOURCE_DATE_EPOCH、なければ今日)"),
    )
    parser.add_argument(
        "--periodic",
        action="append",
        default=[],
        metavar="FILE",
        help=say(
            "JSON report of cloudpolicy live, a periodic check to be handed over with it",
            "併せて引き渡す定期点検の結果(cloudpolicy live の JSON レポート)",
        ),
    )
    reporting.add_choice(parser)
    add_reading(parser)
    parser.add_argument("--jobs", type=int, metavar="N", help=say("processes (default: one per core)", "プロセス数(既定: コア数)"))
    parser.add_argument("--lang", choices=("ja", "en"), help=say("language of the pack (default: ja)", "パックの言語(既定: ja)"))


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.guidelines import attestations
    from cloudpolicy.handover import folder, manifest, pack, periodic, snapshot

    say = parser.say
    day = day_of(given.date, parser) or pack.day_of_work()
    out = os.path.abspath(given.out)
    try:
        folder.check(out, manifest.NAME)
        checks = periodic.load(given.periodic)
        request = request_of(given, parser)
        request.jobs = max(1, given.jobs if given.jobs is not None else os.cpu_count() or 1)
        stated = os.path.abspath(given.attestations) if given.attestations else attestations.find(request.base)
        language: Language = given.lang or request.config.values["lang"] or "ja"
        order = pack.Order(request, given.system, language, day, stated, ["cloudpolicy", "handover", *sys.argv[2:]], checks)
        dossier, files = pack.build(order)
        folder.write(out, files, manifest.NAME)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    except (pack.Unbuildable, folder.Refused, snapshot.Unusable) as error:
        parser.error(error.text.pick(parser.language))
    except ModuleNotFoundError as error:
        if error.name != "xlsxwriter":
            raise
        parser.error(
            say(
                "the checklist wants XlsxWriter: pip install 'cloudpolicy[report]'",
                "チェックリストの作成には XlsxWriter が必要です: pip install 'cloudpolicy[report]'",
            )
        )
    except OSError as error:
        parser.error(say(f"{out} cannot be written: {error.strerror}", f"{out} に書き込めません: {error.strerror}"))
    return _tell(dossier, files, given.out, request.config.values, parser)


def day_of(text: str | None, parser: Parser) -> datetime.date | None:
    import datetime

    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        parser.error(parser.say(f"--date {text}: write a day like 2026-04-01", f"--date {text}: 2026-04-01 の形で指定してください"))
        raise  # never reached: error() ends the process


def _tell(dossier: Dossier, files: dict[str, bytes], out: str, settings: dict[str, object], parser: Parser) -> int:
    """What was written and what it says, in the terminal's language; the exit status is the scan's."""
    import json

    from cloudpolicy.handover import manifest
    from cloudpolicy.reports.columns import clean
    from cloudpolicy.reports.handover import FILES

    say = parser.say
    for name in files:
        about = FILES.get(name)
        print(f"  {os.path.join(out, name)}" + (f"  {about.pick(parser.language)}" if about else ""))
    counts = ", ".join(f"{text.pick(parser.language)} {n}" for (key, text), n in _counted(dossier) if n)
    print(say(f"{len(dossier.clauses)} clauses: ", f"{len(dossier.clauses)} 条項: ") + counts)
    for diagnostic in dossier.report.diagnostics:
        if diagnostic.severity != "note":
            place = f" ({diagnostic.span.file}:{diagnostic.span.line})" if diagnostic.span else ""
            print(f"cloudpolicy: {clean(diagnostic.text.pick(parser.language) + place)}", file=sys.stderr)
    digest = json.loads(files[manifest.NAME])["digest"]
    print(say("digest of the pack, to be told to the receiver by another way:", "パックのダイジェスト(受領者へ別の経路で伝えてください):"))
    print(f"  {digest}")
    return dossier.report.exit_status(str(settings["fail_on"]), bool(settings["strict"]))


def _counted(dossier: Dossier) -> list[tuple[tuple[str, Text], int]]:
    return list(zip(dossier.status_words.items(), dossier.count().values(), strict=True))
