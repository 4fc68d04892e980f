"""`cloudpolicy live aws`: what is deployed, judged by the same policies."""

from __future__ import annotations

import os
import tempfile

from cloudpolicy.cli import Parser, complain, reporting
from cloudpolicy.config import ConfigError
from cloudpolicy.scan import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.config import Config


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument("provider", choices=("aws",), metavar=say("PROVIDER", "クラウド"), help="aws")
    parser.add_argument("--stack", action="append", metavar="NAME", help=say("CloudFormation stack", "CloudFormation スタック"))
    parser.add_argument("--all", action="store_true", help=say("every stack of the regions", "リージョンのすべてのスタック"))
    parser.add_argument(
        "--regions", metavar="REGION,…", help=say("regions (default: the one set for AWS)", "リージョン(既定: AWS の設定に従う)")
    )
    parser.add_argument(
        "--drift", action="store_true", help=say("ask for what was changed by hand, too", "手作業による変更(ドリフト)も検出する")
    )
    parser.add_argument("--keep", metavar="DIR", help=say("keep the deployed templates in DIR", "配備済みテンプレートを DIR に保存する"))
    parser.add_argument(
        "--against",
        metavar="TEMPLATE",
        help=say(
            "hold one --stack against this template of the repository; exit status 1 when they differ",
            "--stack のスタックをこのテンプレートと突き合わせる(差異があれば終了コード 1)",
        ),
    )
    reporting.add_choice(parser)
    reporting.add_output(parser)


def main(given: Namespace, parser: Parser) -> int:
    import time

    from cloudpolicy.cloud.errors import CloudError

    started = time.perf_counter()
    if bool(given.stack) == given.all:
        parser.error(parser.say("say which: --stack NAME or --all", "--stack NAME か --all のどちらかを指定してください"))
    if given.against and (given.all or len(given.stack) > 1):
        parser.error(parser.say("--against wants exactly one --stack", "--against には --stack を 1 つだけ指定してください"))
    if given.against and not os.path.isfile(given.against):
        parser.error(parser.say(f"{given.against} does not exist", f"{given.against} がありません"))
    files = reporting.outputs(given, parser)
    regions: list[str | None] = [region.strip() for region in (given.regions or "").split(",") if region.strip()] or [None]
    try:
        config = reporting.choose(given, parser, os.getcwd())
        if given.keep:
            os.makedirs(given.keep, exist_ok=True)
            return _run(given, parser, config, files, regions, os.path.abspath(given.keep), started)
        with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
            return _run(given, parser, config, files, regions, os.path.realpath(folder), started)
    except (ConfigError, CloudError) as error:
        return complain(error.diagnostic, parser.language)
    except OSError as error:
        parser.error(parser.say(f"{given.keep} cannot be written: {error.strerror}", f"{given.keep} に書き込めません: {error.strerror}"))
        return 2


def _run(
    given: Namespace, parser: Parser, config: Config, files: list[tuple[str, str]], regions: list[str | None], folder: str, started: float
) -> int:
    from cloudpolicy.cloud.aws import live

    request = Request([folder], config, {}, None, given.show_passed)
    bar = None if given.quiet else reporting.progress(parser)
    against = os.path.abspath(given.against) if given.against else None
    report = live.report(request, folder, None if given.all else given.stack, regions, given.drift, against, bar)
    status = reporting.deliver(report, config, given, parser, files, started)
    return status or int(any(diagnostic.code in ("differs-from-source", "drifted") for diagnostic in report.diagnostics))
