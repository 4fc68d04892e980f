"""`cloudpolicy preview aws|azure TEMPLATE`: the template as the service would deploy it."""

from __future__ import annotations

import os
import tempfile

from cloudpolicy.cli import Parser, clouds, complain, options, reporting
from cloudpolicy.cli.options import Option, flag
from cloudpolicy.config import ConfigError
from cloudpolicy.scan import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.findings import Report

OPTIONS = (
    clouds.PROVIDER,
    Option("template", "TEMPLATE", "CloudFormation or ARM template", "CloudFormation または ARM のテンプレート"),
    Option("--stack", "NAME", "aws: stack that it would be deployed as (it need not exist)", "aws: 配備先のスタック名(未作成でもよい)"),
    Option("--region", "REGION", "aws: region (default: the one set for AWS)", "aws: リージョン(既定: AWS の設定に従う)"),
    Option(
        "--bucket",
        "NAME",
        "aws: S3 bucket for a template above 51,200 bytes",
        "aws: 51,200 バイトを超えるテンプレートを置く S3 バケット",
    ),
    flag(
        "--no-change-set",
        "aws: make nothing in the account; only the deployed stack's parameters settle what is open",
        "aws: アカウントに何も作らず、配備済みスタックのパラメータだけで確定する",
    ),
    Option("--resource-group", "NAME", "azure: resource group to deploy to", "azure: 配備先のリソースグループ"),
    clouds.SUBSCRIPTION,
    Option(
        "--location",
        "REGION",
        "azure: region of a deployment to the subscription (a template without resource group)",
        "azure: サブスクリプションへ配備するとき(リソースグループなし)のリージョン",
    ),
    *options.SELECTION,
    *options.THRESHOLD,
    options.PARAMETERS.but("parameters of the template", "テンプレートのパラメータファイル"),
    *options.REPORT,
)
STATUS = options.FINDINGS


def main(given: Namespace, parser: Parser) -> int:
    import time

    from cloudpolicy.cloud.errors import CloudError

    started = time.perf_counter()
    clouds.refuse_foreign(
        given,
        parser,
        {"aws": ("--stack", "--region", "--bucket", "--no-change-set"), "azure": ("--resource-group", "--subscription", "--location")},
    )
    parser.must_be_files(given.template, *(given.parameters or ()))
    path = os.path.abspath(given.template)
    files = reporting.outputs(given, parser)
    parameters = [os.path.abspath(file) for file in given.parameters] if given.parameters else None
    try:
        config = reporting.choose(given, parser, path, {"region": given.region, "parameter_files": parameters})
        request = Request([path], config, {}, None, given.show_passed)
        report = _azure(given, parser, request) if given.provider == "azure" else _aws(given, parser, request)
        return reporting.deliver(report, config, given, parser, files, started)
    except (ConfigError, CloudError) as error:
        return complain(error.diagnostic, parser.language)


def _aws(given: Namespace, parser: Parser, request: Request) -> Report:
    from cloudpolicy.cloud.aws import preview
    from cloudpolicy.cloud.aws.connection import CHANGE_SET, READS, Connection

    if not given.stack:
        parser.fail("say which stack it would be: --stack NAME", "配備先のスタック名を --stack で指定してください")
    connection = Connection(given.region, READS if given.no_change_set else READS | CHANGE_SET)
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as folder:
        return preview.report(request, connection, given.stack, os.path.realpath(folder), given.bucket, not given.no_change_set)


def _azure(given: Namespace, parser: Parser, request: Request) -> Report:
    from cloudpolicy.cloud.azure import preview
    from cloudpolicy.cloud.azure.connection import Connection
    from cloudpolicy.cloud.azure.what_if import Scope

    if given.resource_group and given.location:
        parser.fail(
            "--location belongs to a deployment without --resource-group", "--location は --resource-group を指定しないときに使います"
        )
    if not given.resource_group and not given.location:
        parser.fail(
            "say where to: --resource-group NAME, or --location REGION for a deployment to the subscription",
            "配備先を --resource-group か、サブスクリプションへの配備なら --location で指定してください",
        )
    subscription = clouds.subscription(given, parser)
    return preview.report(request, lambda: Connection(subscription), Scope(given.resource_group, given.location))
