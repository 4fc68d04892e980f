"""`cloudpolicy scan`: from paths to reports and an exit status."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain, reporting
from cloudpolicy.config import Config, ConfigError
from cloudpolicy.scan import Request, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar=say("PATH", "パス"),
        help=say("folders or files (default: .)", "フォルダまたはファイル(既定: .)"),
    )
    reporting.add_choice(parser)
    add_reading(parser)
    add_running(parser)
    parser.add_argument(
        "--since",
        metavar="REF",
        help=say(
            "only what is new since the merge base with this branch or commit makes the exit status 1",
            "このブランチまたはコミットとのマージベース以降に生じた指摘だけを終了コード 1 の対象とする",
        ),
    )
    add_baseline(parser)
    reporting.add_output(parser)


def add_reading(parser: Parser) -> None:
    """The options that say how templates are read, and what is judged besides our policies."""
    say = parser.say
    parser.add_argument(
        "--region",
        metavar="REGION",
        help=say("region to assume where the template names none", "テンプレートに記載がないときに仮定するリージョン"),
    )
    parser.add_argument("--var-file", action="append", metavar="FILE", help=say("Terraform variables", "Terraform の変数ファイル"))
    parser.add_argument(
        "--workspace", metavar="NAME", help=say("Terraform workspace (default: default)", "Terraform のワークスペース(既定: default)")
    )
    parser.add_argument(
        "--parameters", action="append", metavar="FILE", help=say("CloudFormation parameters", "CloudFormation のパラメータファイル")
    )
    parser.add_argument("--policies", metavar="DIR", help=say("your own policies, which run beside ours", "独自ポリシーのフォルダ"))


def add_running(parser: Parser) -> None:
    """The options that say how a scan is run, which change nothing of what it says."""
    say = parser.say
    parser.add_argument("--jobs", type=int, metavar="N", help=say("processes (default: one per core)", "プロセス数(既定: コア数)"))
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help=say("judge everything anew, and keep no results", "前回までの結果を使わず、すべて検査し直す(結果も保存しない)"),
    )


def add_baseline(parser: Parser) -> None:
    """The options that say which baseline counts."""
    say = parser.say
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--baseline",
        metavar="FILE",
        help=say(
            "what is known (default: every cloudpolicy-baseline.json in or above the folders)",
            "既知の指摘のファイル(既定: 検査対象とその上位フォルダにある cloudpolicy-baseline.json)",
        ),
    )
    which.add_argument("--no-baseline", action="store_true", help=say("nothing is known", "ベースラインを使わない"))


def which_baseline(request: Request, given: Namespace, parser: Parser) -> Request:
    """The same request with what `add_baseline` says."""
    if given.no_baseline:
        request.baseline = ""
    elif given.baseline is not None:
        request.baseline = os.path.abspath(given.baseline)
        if not given.baseline or not os.path.lexists(request.baseline):
            parser.error(
                parser.say(
                    f"--baseline: {given.baseline} does not exist; write it with cloudpolicy baseline create",
                    f"--baseline: {given.baseline} がありません。cloudpolicy baseline create で作成してください",
                )
            )
    return request


def main(given: Namespace, parser: Parser) -> int:
    import time

    started = time.perf_counter()
    files = reporting.outputs(given, parser)
    try:
        request = which_baseline(set_running(request_of(given, parser), given), given, parser)
        report = run(request, None if given.quiet else reporting.progress(parser))
        if given.since is not None:
            from cloudpolicy import history

            history.tell_apart(report, request, given.since)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    return reporting.deliver(report, request.config, given, parser, files, started)


def request_of(given: Namespace, parser: Parser, paths: list[str] | None = None) -> Request:
    """What the command line asks for, over the configuration nearest to the first path (of the command line's). Raises ConfigError."""
    if paths is None:
        paths = [os.path.abspath(path) for path in given.paths]
        for path, name in zip(paths, given.paths, strict=True):
            if not os.path.exists(path) and not os.path.islink(path):
                parser.error(parser.say(f"{name} does not exist", f"{name} がありません"))
    config = _config(given, parser, paths[0])
    environment = {k: v for k, v in os.environ.items() if k.startswith("TF_VAR_") or k in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    return Request(paths, config, environment, os.path.abspath(given.policies) if given.policies else None)


def set_running(request: Request, given: Namespace) -> Request:
    """The same request with what `add_running` and the report's options say of the run."""
    request.passed = given.show_passed
    request.cache = not given.no_cache
    request.jobs = max(1, given.jobs if given.jobs is not None else os.cpu_count() or 1)
    return request


def _config(given: Namespace, parser: Parser, start: str) -> Config:
    """The configuration with the command line's words on reading laid over it, too."""
    words = {
        "region": given.region,
        "workspace": given.workspace,
        "var_files": [os.path.abspath(file) for file in given.var_file] if given.var_file else None,
        "parameter_files": [os.path.abspath(file) for file in given.parameters] if given.parameters else None,
    }
    return reporting.choose(given, parser, start, words)
