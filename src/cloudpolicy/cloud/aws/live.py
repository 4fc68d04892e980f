"""Deployed stacks → Report: fetched one by one, judged by the same engine, forgotten again, so that 500 stacks need no more memory than one."""

from __future__ import annotations

import os

from cloudpolicy import sources
from cloudpolicy.cloud.aws import drift, stacks
from cloudpolicy.cloud.aws.against import held_against
from cloudpolicy.cloud.aws.connection import Connection
from cloudpolicy.cloud.errors import FINAL, CloudError, cut_off, placed
from cloudpolicy.cloud.results import asked, decide, light, nothing
from cloudpolicy.scan import Request, Scanner, assemble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cloud.aws.stacks import Stack
    from cloudpolicy.findings import Report
    from cloudpolicy.model import Diagnostic, Estate
    from cloudpolicy.scan import Progress, Result


def report(
    request: Request,
    folder: str,
    names: list[str] | None,
    regions: list[str | None],
    with_drift: bool = False,
    against: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Everything the named stacks (or all) of the regions deploy. `folder` takes the templates: findings point into it.

    with_drift  ask the service what was changed by hand, and judge the real values
    against     absolute path of the template in the repository that one named stack is held against

    What cannot be had is an error of the report, and the rest is judged all the same. Raises ConfigError, and CloudError when not even a
    connection can be made.
    """
    scanner = Scanner(request)
    results: dict[tuple[str, str], Result] = {}
    inner: set[str] = set()
    problems: list[Diagnostic] = []
    drifted: list[dict[str, Any]] = []
    connections = [Connection(region) for region in regions]
    for connection in connections:
        described, missing = stacks.roots(connection, names)
        place = os.path.join(folder, connection.region)
        problems += [placed(problem, place) for problem in missing]
        if not described and not missing:
            problems.append(placed(nothing(connection.region, "stacks", "スタック"), place))
        for number, one in enumerate(described, 1):
            try:
                stack = stacks.fetch(connection, one, folder)
                estate = read(scanner, stack)
            except CloudError as error:
                problems.append(placed(error.diagnostic, place))
                final = error.diagnostic.code in FINAL
                if final and number < len(described):
                    problems.append(placed(cut_off(number - 1, len(described), connection.region), place))
                if progress is not None:
                    progress(len(described) if final else number, len(described))
                if final:
                    break
                continue
            if with_drift:
                try:
                    drifted += drift.detect(connection, stack, estate)
                except CloudError as error:  # the template is judged all the same
                    stack.problems.append(error.diagnostic)
            result = results[stack.id, stack.name] = light(scanner.judge(estate))
            if against is not None:
                problems += held_against(scanner, against, connection, stack, estate, result, read)
            inner |= set(stack.inner.values())
            problems += [placed(problem, stack.template) for problem in stack.problems]
            if progress is not None:
                progress(number, len(described))
    if names is None:  # a nested stack is judged where it is used; it may be told by id or by name
        results = {key: result for key, result in results.items() if inner.isdisjoint(key)}
    made = assemble(scanner, list(results.values()), problems)
    decide(made, scanner, against)
    made.run["origin"] = "live"
    made.run["asked"] = asked("aws", regions=[connection.region for connection in connections], stacks=names)
    if with_drift:
        made.run["drift"] = drifted
    return made


def read(scanner: Scanner, stack: Stack) -> Estate:
    """The estate of a fetched stack."""
    values = {**scanner.request.config.at(stack.template), "region": stack.region, "var_files": [], "parameter_files": []}
    options = scanner.options(values)
    options.deployed = sources.Deployed(stack.parameters, stack.resolved, stack.nested)
    options.environment = {}
    estate = sources.read(sources.Unit("template", stack.template), options)
    estate.source = "live"
    estate.notes["stack"] = stack.name
    return estate
