"""`cloudpolicy scan`: from paths to reports and an exit status."""

from __future__ import annotations

import os
import sys

from cloudpolicy import config as configuration
from cloudpolicy import reports
from cloudpolicy.cli import Parser, complain
from cloudpolicy.config import Config, ConfigError
from cloudpolicy.findings import SEVERITIES
from cloudpolicy.scan import Request, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.scan import Progress


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
        "--config",
        metavar="FILE",
        help=say("configuration file (default: the nearest cloudpolicy.toml)", "設定ファイル(既定: 直近の cloudpolicy.toml)"),
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help=say(
            "which policies: baseline, closed-network, fisc, advisory", "適用するプロファイル: baseline、closed-network、fisc、advisory"
        ),
    )
    parser.add_argument(
        "--select",
        action="append",
        metavar="ID,…",
        help=say("only these: ids, prefixes (CP_NET), setting types (NET)", "これだけを実行する: ID、前方一致(CP_NET)、設定種別(NET)"),
    )
    parser.add_argument("--ignore", action="append", metavar="ID,…", help=say("all but these", "これを除く"))
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        metavar="SEVERITY",
        help=say(
            "least severity that makes the exit status 1: low (default), medium, high, critical",
            "終了コードを 1 にする最小の重大度: low(既定)、medium、high、critical",
        ),
    )
    parser.add_argument("--strict", action="store_true", default=None, help=say("unknown verdicts fail too", "判定不能も失敗とする"))
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
    parser.add_argument(
        "--format",
        default="text",
        choices=reports.FORMATS,
        help=say("what is printed", "標準出力の形式") + f": {', '.join(reports.FORMATS)}",
        metavar="FORMAT",
    )
    parser.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help=say("also write a report; its format follows from the ending", "ファイルにも出力する(形式は拡張子で決まる)"),
    )
    parser.add_argument("--lang", choices=("ja", "en"), help=say("language (default: the locale's)", "表示言語(既定: ロケールに従う)"))
    parser.add_argument("--show-passed", action="store_true", help=say("list what passes, too", "適合した項目も表示する"))
    parser.add_argument("--jobs", type=int, metavar="N", help=say("processes (default: one per core)", "プロセス数(既定: コア数)"))
    parser.add_argument("--no-color", action="store_true", help=say("no colours", "色を付けない"))
    parser.add_argument("--verbose", action="store_true", help=say("list what was left out, too", "対象外としたファイルも表示する"))
    parser.add_argument("--quiet", action="store_true", help=say("print nothing but errors", "エラー以外を表示しない"))


def main(given: Namespace, parser: Parser) -> int:
    import time

    started = time.perf_counter()
    language = parser.language
    try:
        paths = [os.path.abspath(path) for path in given.paths]
        for path, name in zip(paths, given.paths, strict=True):
            if not os.path.exists(path) and not os.path.islink(path):
                parser.error(parser.say(f"{name} does not exist", f"{name} がありません"))
        outputs = [(path, reports.format_of(path)) for path in given.output]
        config = _config(given, paths)
        if given.lang is None and config.values["lang"]:
            language = parser.language = config.values["lang"]
        environment = {k: v for k, v in os.environ.items() if k.startswith("TF_VAR_") or k in ("AWS_REGION", "AWS_DEFAULT_REGION")}
        jobs = given.jobs if given.jobs is not None else os.cpu_count() or 1
        request = Request(
            paths, config, environment, os.path.abspath(given.policies) if given.policies else None, given.show_passed, max(1, jobs)
        )
        report = run(request, None if given.quiet else _progress(parser))
    except ConfigError as error:
        return complain(error.diagnostic, language)
    except reports.UnknownFormat as error:
        parser.error(error.text.pick(language))
    status = report.exit_status(config.values["fail_on"], config.values["strict"])
    report.run.update(seconds=round(time.perf_counter() - started, 3), exit_status=status)
    for path, name in outputs:
        style = reports.Style(lang=language, show_passed=given.show_passed, verbose=given.verbose)
        try:
            reports.write(path, reports.render(name, report, style))
        except OSError as error:
            parser.error(parser.say(f"{path} cannot be written: {error.strerror}", f"{path} に書き込めません: {error.strerror}"))
    if not given.quiet:
        _print(report, given, parser)
    return status


def _config(given: Namespace, paths: list[str]) -> Config:
    """The configuration file with the command line's words laid over it."""
    path = os.path.abspath(given.config) if given.config else configuration.find(paths[0])
    config = configuration.load(path) if path else Config(os.getcwd())
    words = {
        "profile": given.profile,
        "select": _split(given.select),
        "ignore": _split(given.ignore),
        "fail_on": given.fail_on,
        "strict": given.strict,
        "region": given.region,
        "workspace": given.workspace,
        "var_files": [os.path.abspath(file) for file in given.var_file] if given.var_file else None,
        "parameter_files": [os.path.abspath(file) for file in given.parameters] if given.parameters else None,
    }
    config.lay_over({key: value for key, value in words.items() if value is not None})
    return config


def _split(words: list[str] | None) -> list[str] | None:
    return [part.strip() for word in words for part in word.split(",") if part.strip()] if words else None


def _print(report: object, given: Namespace, parser: Parser) -> None:
    terminal = sys.stdout.isatty()
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    style = reports.Style(
        lang=parser.language,
        color=terminal and not given.no_color and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb",
        width=_width() if terminal else 120,
        show_passed=given.show_passed,
        unicode=encoding.startswith("utf"),
        verbose=given.verbose,
    )
    text = reports.render(given.format, report, style)  # type: ignore[arg-type]
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def _width() -> int:
    try:
        return max(60, os.get_terminal_size().columns)
    except OSError:
        return 120


def _progress(parser: Parser) -> Progress | None:
    """A bar on standard error, on a terminal and outside CI only, once a scan turns out to be long."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        return None
    import time

    started = last = time.monotonic()

    def show(done: int, of: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - started < 0.5 or (now - last < 0.1 and done < of):
            return
        last = now
        filled = 30 * done // of
        end = "\r\x1b[K" if done == of else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{of}{end}")
        sys.stderr.flush()

    return show
