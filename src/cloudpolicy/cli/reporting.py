"""What every command that ends in a report shares: the choice of policies, the report's formats and files, and the exit status."""

from __future__ import annotations

import os
import sys

from cloudpolicy import config as configuration
from cloudpolicy import reports
from cloudpolicy.cli import columns
from cloudpolicy.config import Config
from cloudpolicy.findings import SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from cloudpolicy.cache.entries import Entries
    from cloudpolicy.cli import Parser
    from cloudpolicy.findings import Report
    from cloudpolicy.scan import Progress


def add_choice(parser: Parser) -> None:
    """The options that say which policies count and what makes the exit status 1."""
    say = parser.say
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


def add_output(parser: Parser) -> None:
    """The options that say where the report goes and how it looks."""
    say = parser.say
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
    parser.add_argument("--no-color", action="store_true", help=say("no colours", "色を付けない"))
    parser.add_argument("--verbose", action="store_true", help=say("list what was left out, too", "対象外としたファイルも表示する"))
    parser.add_argument("--quiet", action="store_true", help=say("print nothing but errors", "エラー以外を表示しない"))


def choose(given: Namespace, parser: Parser, start: str, words: dict[str, Any] | None = None) -> Config:
    """The configuration nearest to `start` with the command line's words laid over it; the parser takes its language. Raises ConfigError."""
    path = os.path.abspath(given.config) if given.config else configuration.find(start)
    config = configuration.load(path, _kept(given)) if path else Config(os.getcwd())
    words = {
        "profile": given.profile,
        "select": _split(given.select),
        "ignore": _split(given.ignore),
        "fail_on": given.fail_on,
        "strict": given.strict,
        **(words or {}),
    }
    config.lay_over({key: value for key, value in words.items() if value is not None})
    if given.lang is None and config.values["lang"]:
        parser.language = config.values["lang"]
    return config


def _kept(given: Namespace) -> Entries | None:
    """What earlier runs kept, for the commands that use it."""
    if getattr(given, "no_cache", True):
        return None
    from cloudpolicy import cache

    return cache.kept()


def _split(words: list[str] | None) -> list[str] | None:
    return [part.strip() for word in words for part in word.split(",") if part.strip()] if words else None


def outputs(given: Namespace, parser: Parser) -> list[tuple[str, str]]:
    """(path, format) of every `--output`; an ending that has no format ends the command before any work is done."""
    try:
        return [(path, reports.format_of(path)) for path in given.output]
    except reports.UnknownFormat as error:
        parser.error(error.text.pick(parser.language))
        raise  # never reached: error() ends the process


def deliver(report: Report, config: Config, given: Namespace, parser: Parser, files: list[tuple[str, str]], started: float) -> int:
    """Write the report to `files`, print it, and return the exit status; `started` is time.perf_counter() of the command's beginning."""
    import time

    status = report.exit_status(config.values["fail_on"], config.values["strict"])
    report.run.update(seconds=round(time.perf_counter() - started, 3), exit_status=status)
    for path, name in files:
        style = reports.Style(lang=parser.language, show_passed=given.show_passed, verbose=given.verbose)
        try:
            reports.write(path, reports.render(name, report, style))
        except OSError as error:
            parser.error(parser.say(f"{path} cannot be written: {error.strerror}", f"{path} に書き込めません: {error.strerror}"))
    if not given.quiet:
        _print(report, given, parser)
    return status


def _print(report: Report, given: Namespace, parser: Parser) -> None:
    terminal = sys.stdout.isatty()
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    style = reports.Style(
        lang=parser.language,
        color=terminal and not given.no_color and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb",
        width=columns() if terminal else 120,
        show_passed=given.show_passed,
        unicode=encoding.startswith("utf"),
        verbose=given.verbose,
    )
    text = reports.render(given.format, report, style)
    if given.format == "text" and ("TF_BUILD" in os.environ or "GITHUB_ACTIONS" in os.environ):
        text = text.replace("##", "# #")  # these servers obey ##[…] and ##vso[…] anywhere in a line, in a template's own line too
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def progress(parser: Parser) -> Progress | None:
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
