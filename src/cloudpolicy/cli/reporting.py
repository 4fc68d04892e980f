"""What every command that ends in a report shares: the configuration, the report's formats and files, and the exit status."""

from __future__ import annotations

import os
import sys

from cloudpolicy import config as configuration
from cloudpolicy import reports
from cloudpolicy.cli import columns
from cloudpolicy.config import Config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from cloudpolicy.cache.entries import Entries
    from cloudpolicy.cli import Parser
    from cloudpolicy.findings import Report
    from cloudpolicy.scan import Progress


def configured(given: Namespace, parser: Parser, start: str) -> Config:
    """The configuration nearest to `start`, or the one that the command line names; the parser takes its language. Raises ConfigError."""
    path = os.path.abspath(given.config) if given.config else configuration.find(start)
    config = configuration.load(path, _kept(given)) if path else Config(os.getcwd())
    if given.lang is None and config.values["lang"]:
        parser.language = config.values["lang"]
    return config


def choose(given: Namespace, parser: Parser, start: str, words: dict[str, Any] | None = None) -> Config:
    """The same with the command line's words laid over it. Raises ConfigError."""
    config = configured(given, parser, start)
    words = {
        "profile": given.profile,
        "select": _split(given.select),
        "ignore": _split(given.ignore),
        "fail_on": getattr(given, "fail_on", None),  # not every command has a threshold
        "strict": getattr(given, "strict", None),
        **(words or {}),
    }
    config.lay_over({key: value for key, value in words.items() if value is not None})
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
            parser.cannot_write(path, error)
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
