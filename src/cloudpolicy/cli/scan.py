"""`cloudpolicy scan`: from paths to reports and an exit status."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain, options, reporting
from cloudpolicy.config import Config, ConfigError
from cloudpolicy.scan import Request, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


OPTIONS = (
    options.PATHS,
    *options.SELECTION,
    options.OWN_POLICIES,
    *options.THRESHOLD,
    options.SINCE,
    options.BASELINE,
    *options.READING,
    *options.RUNNING,
    *options.REPORT,
)
STATUS = options.FINDINGS


def which_baseline(request: Request, given: Namespace, parser: Parser) -> Request:
    """The same request with what options.BASELINE says."""
    if given.no_baseline:
        request.baseline = ""
    elif given.baseline is not None:
        request.baseline = os.path.abspath(given.baseline)
        if not given.baseline or not os.path.lexists(request.baseline):
            parser.fail(
                f"--baseline: {given.baseline} does not exist; write it with cloudpolicy baseline create",
                f"--baseline: {given.baseline} がありません。cloudpolicy baseline create で作成してください",
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
        parser.must_exist(*given.paths)
        paths = [os.path.abspath(path) for path in given.paths]
    config = _config(given, parser, paths[0])
    environment = {k: v for k, v in os.environ.items() if k.startswith("TF_VAR_") or k in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    return Request(paths, config, environment, os.path.abspath(given.policies) if given.policies else None)


def set_running(request: Request, given: Namespace) -> Request:
    """The same request with what options.RUNNING and options.REPORT say of the run."""
    request.passed = given.show_passed
    request.cache = not given.no_cache
    request.jobs = options.jobs(given.jobs)
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
