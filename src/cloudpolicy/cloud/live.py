"""Deployed stacks → Report: fetched one by one, judged by the same engine, forgotten again, so that 500 stacks need no more memory than one."""

from __future__ import annotations

from cloudpolicy import sources
from cloudpolicy.cloud import drift, stacks
from cloudpolicy.cloud.connection import CloudError, Connection
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.scan import Request, Scanner, assemble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cloud.stacks import Stack
    from cloudpolicy.findings import Report
    from cloudpolicy.scan import Progress, Result


def report(
    request: Request, folder: str, names: list[str] | None, regions: list[str | None], with_drift: bool, progress: Progress | None = None
) -> Report:
    """Everything the named stacks (or all) of the regions deploy. `folder` takes the templates: findings point into it.

    What cannot be had is an error of the report, and the rest is judged all the same. Raises ConfigError, and CloudError when not even a
    connection can be made.
    """
    scanner = Scanner(request)
    results: dict[tuple[str, str], Result] = {}
    inner: set[str] = set()
    problems: list[Diagnostic] = []
    drifted: list[dict[str, Any]] = []
    for connection in [Connection(region) for region in regions]:
        described, missing = stacks.roots(connection, names)
        problems += [placed(problem, folder) for problem in missing]
        for number, one in enumerate(described, 1):
            try:
                stack = stacks.fetch(connection, one, folder)
                estate = read(scanner, stack)
                if with_drift:
                    drifted += drift.detect(connection, stack, estate)
            except CloudError as error:
                problems.append(placed(error.diagnostic, folder))
                continue
            results[stack.id, stack.name] = scanner.judge(estate)
            inner |= stack.inner
            problems += [placed(problem, stack.template) for problem in stack.problems]
            if progress is not None:
                progress(number, len(described))
    if names is None:  # a nested stack is judged where it is used; it may be told by id or by name
        results = {key: result for key, result in results.items() if inner.isdisjoint(key)}
    made = assemble(scanner, list(results.values()), problems)
    made.run["origin"] = "live"
    if with_drift:
        made.run["drift"] = drifted
    return made


def read(scanner: Scanner, stack: Stack) -> Any:
    """The estate of a fetched stack."""
    values = {**scanner.request.config.at(stack.template), "region": stack.region, "var_files": [], "parameter_files": []}
    options = scanner.options(values)
    options.deployed = sources.Deployed(stack.parameters, stack.resolved, stack.nested)
    options.environment = {}
    estate = sources.read(sources.Unit("template", stack.template), options)
    estate.source = "live"
    estate.notes["stack"] = stack.name
    return estate


def placed(diagnostic: Diagnostic, file: str) -> Diagnostic:
    """A diagnostic of the service, at the file (or folder) it concerns: a report places everything."""
    return Diagnostic(diagnostic.severity, diagnostic.code, diagnostic.text, diagnostic.span or Span(file))
