"""`cloudpolicy live aws|azure`: what is deployed, judged by the same policies."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, clouds, complain, options, reporting
from cloudpolicy.cli.options import Option, flag
from cloudpolicy.config import ConfigError
from cloudpolicy.scan import Request, project_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.config import Config
    from cloudpolicy.findings import Report

OPTIONS = (
    clouds.PROVIDER,
    Option("--stack", "NAME", "aws: CloudFormation stack", "aws: CloudFormation スタック", action="append"),
    Option("--regions", "REGION,…", "aws: regions (default: the one set for AWS)", "aws: リージョン(既定: AWS の設定に従う)"),
    flag("--drift", "aws: ask for what was changed by hand, too", "aws: 手作業による変更(ドリフト)も検出する"),
    Option("--resource-group", "NAME", "azure: resource group", "azure: リソースグループ", action="append"),
    clouds.SUBSCRIPTION,
    flag(
        "--all",
        "every stack of the regions, every resource group of the subscription",
        "リージョンのすべてのスタック、サブスクリプションのすべてのリソースグループ",
    ),
    Option("--keep", "DIR", "keep the deployed templates in DIR", "配備済みテンプレートを DIR に保存する"),
    Option(
        "--against",
        "TEMPLATE",
        "hold one stack or resource group against this template of the repository; exit status 1 when they differ",
        "スタックまたはリソースグループ 1 つをこのテンプレートと突き合わせる(差異があれば終了コード 1)",
    ),
    *options.SELECTION,
    *options.THRESHOLD,
    options.PARAMETERS.but(
        "parameters file that belongs to the template of --against", "--against のテンプレートに対応するパラメータファイル"
    ),
    *options.REPORT,
)
STATUS = options.FINDINGS


def main(given: Namespace, parser: Parser) -> int:
    import gc
    import time

    from cloudpolicy.cloud.errors import DIFFERENCES, CloudError

    started = time.perf_counter()
    gc.enable()  # hundreds of stacks are read and forgotten in one process
    clouds.refuse_foreign(given, parser, {"aws": ("--stack", "--regions", "--drift"), "azure": ("--resource-group", "--subscription")})
    option, names = ("--stack", given.stack) if given.provider == "aws" else ("--resource-group", given.resource_group)
    if bool(names) == given.all:
        parser.fail(f"say which: {option} NAME or --all", f"{option} NAME か --all のどちらかを指定してください")
    if given.against and (given.all or len(names) > 1):
        parser.fail(f"--against wants exactly one {option}", f"--against には {option} を 1 つだけ指定してください")
    if given.parameters and not given.against:
        parser.fail("--parameters belongs to --against", "--parameters は --against と併せて指定してください")
    parser.must_be_files(*filter(None, (given.against, *(given.parameters or ()))))
    files = reporting.outputs(given, parser)
    try:
        parameters = [os.path.abspath(file) for file in given.parameters] if given.parameters else None
        config = reporting.choose(given, parser, os.getcwd(), {"parameter_files": parameters})

        def work(folder: str) -> int:
            report = _ask(given, parser, config, folder)
            report.beside, report.fleeting = project_folder(os.getcwd(), config), not given.keep
            status = reporting.deliver(report, config, given, parser, files, started)
            return status or int(any(diagnostic.code in DIFFERENCES for diagnostic in report.diagnostics))

        return clouds.in_folder(given.keep, work)
    except (ConfigError, CloudError) as error:
        return complain(error.diagnostic, parser.language)
    except OSError as error:
        parser.cannot_write(given.keep or str(error.filename), error)


def _ask(given: Namespace, parser: Parser, config: Config, folder: str) -> Report:
    request = Request([folder], config, {}, None, given.show_passed, baseline="")  # a baseline knows files
    bar = None if given.quiet else reporting.progress(parser)
    against = os.path.abspath(given.against) if given.against else None
    if given.provider == "azure":
        from cloudpolicy.cloud.azure import live as azure

        return azure.report(request, folder, clouds.subscription(given, parser), given.resource_group, against, bar)
    from cloudpolicy.cloud.aws import live as aws

    regions: list[str | None] = [*dict.fromkeys(region.strip() for region in (given.regions or "").split(",") if region.strip())] or [None]
    names = list(dict.fromkeys(given.stack)) if given.stack else None
    return aws.report(request, folder, names, regions, given.drift, against, bar)
