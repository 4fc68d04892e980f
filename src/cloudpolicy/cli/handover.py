"""`cloudpolicy handover`: the pack that is handed over with a system."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, options
from cloudpolicy.cli.options import Option
from cloudpolicy.cli.scan import request_of
from cloudpolicy.config import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.handover.dossier import Dossier
    from cloudpolicy.texts import Language, Text

OPTIONS = (
    options.PATHS,
    Option("--system", "NAME", "name of the system, for the cover", "表紙に記載する対象システムの名称", required=True),
    Option(
        "--out",
        "DIR",
        "folder of the pack: new, or an earlier pack, which is replaced",
        "パックのフォルダ(新規、または置き換える既存のパック)",
        required=True,
    ),
    options.ATTESTATIONS,
    options.DATE.but(
        "day of the check, YYYY-MM-DD (default: SOURCE_DATE_EPOCH, else today)", "点検日 YYYY-MM-DD(既定: SOURCE_DATE_EPOCH、なければ今日)"
    ),
    Option(
        "--periodic",
        "FILE",
        "JSON report of cloudpolicy live, a periodic check to be handed over with it",
        "併せて引き渡す定期点検の結果(cloudpolicy live の JSON レポート)",
        action="append",
        default=[],
    ),
    *options.SELECTION,
    options.OWN_POLICIES,
    *options.THRESHOLD,
    *options.READING,
    options.JOBS,
    options.LANG.but(
        "language of the pack: %(choices)s (default: the configuration's, else ja)",
        "パックの言語: %(choices)s(既定: 設定ファイルの指定、なければ ja)",
    ),
)
STATUS = options.FINDINGS


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.guidelines import attestations
    from cloudpolicy.handover import folder, manifest, pack, periodic, snapshot

    day = options.day(given.date, "--date", parser) or pack.day_of_work()
    out = os.path.abspath(given.out)
    try:
        folder.check(out, manifest.NAME)
        checks = periodic.load(given.periodic)
        request = request_of(given, parser)
        request.jobs = options.jobs(given.jobs)
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
        parser.fail(
            "the checklist wants XlsxWriter: pip install XlsxWriter, beside cloudpolicy",
            "チェックリストの作成には XlsxWriter が必要です。cloudpolicy と同じ環境で pip install XlsxWriter を実行してください",
        )
    except OSError as error:
        parser.cannot_write(out, error)
    return _tell(dossier, files, given.out, request.config.values, parser)


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
