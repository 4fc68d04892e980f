"""`cloudpolicy preview aws TEMPLATE --stack NAME`: the template as the service would deploy it."""

from __future__ import annotations

import os
import tempfile

from cloudpolicy.cli import Parser, complain, reporting
from cloudpolicy.config import ConfigError
from cloudpolicy.scan import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument("provider", choices=("aws",), metavar=say("PROVIDER", "クラウド"), help="aws")
    parser.add_argument(
        "template", metavar=say("TEMPLATE", "テンプレート"), help=say("CloudFormation template", "CloudFormation テンプレート")
    )
    parser.add_argument(
        "--stack",
        required=True,
        metavar="NAME",
        help=say("stack that it would be deployed as (it need not exist)", "配備先のスタック名(未作成でもよい)"),
    )
    parser.add_argument(
        "--region", metavar="REGION", help=say("region (default: the one set for AWS)", "リージョン(既定: AWS の設定に従う)")
    )
    parser.add_argument(
        "--parameters", action="append", metavar="FILE", help=say("CloudFormation parameters", "CloudFormation のパラメータファイル")
    )
    parser.add_argument(
        "--bucket",
        metavar="NAME",
        help=say("S3 bucket for a template above 51,200 bytes", "51,200 バイトを超えるテンプレートを置く S3 バケット"),
    )
    parser.add_argument(
        "--no-change-set",
        action="store_true",
        help=say(
            "make nothing in the account: only the deployed stack's parameters settle what is open",
            "アカウントに何も作らず、配備済みスタックのパラメータだけで確定する",
        ),
    )
    reporting.add_choice(parser)
    reporting.add_output(parser)


def main(given: Namespace, parser: Parser) -> int:
    import time

    from cloudpolicy.cloud.aws import preview
    from cloudpolicy.cloud.aws.connection import CHANGE_SET, READS, Connection
    from cloudpolicy.cloud.errors import CloudError

    started = time.perf_counter()
    path = os.path.abspath(given.template)
    if not os.path.isfile(path):
        parser.error(parser.say(f"{given.template} does not exist", f"{given.template} がありません"))
    files = reporting.outputs(given, parser)
    parameters = [os.path.abspath(file) for file in given.parameters] if given.parameters else None
    try:
        config = reporting.choose(given, parser, path, {"region": given.region, "parameter_files": parameters})
        connection = Connection(given.region, READS if given.no_change_set else READS | CHANGE_SET)
        with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
            request = Request([path], config, {}, None, given.show_passed)
            report = preview.report(request, connection, given.stack, os.path.realpath(folder), given.bucket, not given.no_change_set)
            return reporting.deliver(report, config, given, parser, files, started)
    except (ConfigError, CloudError) as error:
        return complain(error.diagnostic, parser.language)
