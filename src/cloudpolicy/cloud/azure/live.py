"""Deployed resource groups -> Report: fetched one by one, judged by the same engine, forgotten again."""

from __future__ import annotations

import os

from cloudpolicy import sources
from cloudpolicy.cloud import differences, doubts
from cloudpolicy.cloud.azure import groups, names
from cloudpolicy.cloud.azure.connection import Connection
from cloudpolicy.cloud.errors import FINAL, CloudError, cut_off, placed, unread
from cloudpolicy.cloud.files import file_name
from cloudpolicy.cloud.results import asked, decide, light, nothing
from cloudpolicy.model import Unknown
from cloudpolicy.scan import Request, Scanner, assemble
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.cloud.azure.groups import Group
    from cloudpolicy.findings import Report
    from cloudpolicy.model import Diagnostic, Estate
    from cloudpolicy.scan import Progress, Result

_UNTOLD = Text(
    "the service does not export it; confirm it on the deployed resource",
    "サービスがエクスポートしません。配備済みのリソースで確認してください",
)


def report(
    request: Request,
    folder: str,
    subscription: str,
    wanted: list[str] | None,
    against: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Everything the named resource groups (or all) of the subscription hold. `folder` takes the templates: findings point into it.

    against  absolute path of the template or Bicep file in the repository that one named group is held against

    What cannot be had is an error of the report, and the rest is judged all the same. Raises ConfigError, and CloudError when not even a
    connection can be made.
    """
    scanner = Scanner(request)
    connection = Connection(subscription)
    described, missing = groups.listed(connection, wanted)
    place = os.path.join(folder, file_name(subscription))
    problems = [placed(problem, place) for problem in missing]
    if not described and not missing:
        problems.append(placed(nothing(subscription, "resource groups", "リソースグループ"), place))
    results: list[Result] = []
    for number, one in enumerate(described, 1):
        try:
            group = groups.fetch(connection, one, folder)
        except CloudError as error:
            problems.append(placed(error.diagnostic, place))
            final = error.diagnostic.code in FINAL
            if final and number < len(described):
                problems.append(placed(cut_off(number - 1, len(described), subscription), place))
            if progress is not None:
                progress(len(described) if final else number, len(described))
            if final:
                break
            continue
        estate = read(scanner, group)
        if groups.complete(group, estate):
            estate = read(scanner, group)
        result = light(doubts.judge(scanner, estate, _doubts(estate)))
        results.append(result)
        problems += [placed(problem, group.path) for problem in group.problems]
        if against is not None:
            problems += _against(scanner, against, estate, group, result)
        if progress is not None:
            progress(number, len(described))
    made = assemble(scanner, results, problems)
    decide(made, scanner, against)
    made.run["origin"] = "live"
    made.run["asked"] = asked("azure", subscription=subscription, resource_groups=wanted)
    return made


def read(scanner: Scanner, group: Group) -> Estate:
    """The estate of a fetched group. Extension resources (locks, diagnostic settings …) are never exported: each resource may have some."""
    values = {**scanner.request.config.at(group.path), "region": group.location, "var_files": [], "parameter_files": []}
    options = scanner.options(values)
    options.deployed = sources.Deployed({groups.UNTOLD: Unknown("not-exported", group.name)})
    options.environment = {}
    estate = sources.read(sources.Unit("arm", group.path), options)
    estate.source = "live"
    estate.notes = {"resource_group": group.name}
    estate.opaque = frozenset(resource.address for resource in estate.resources)
    estate.beyond = "not-exported"
    return estate


def _doubts(estate: Estate) -> dict[str, Text]:
    return {resource.address: _UNTOLD for resource in estate.resources if isinstance(resource.values.get("properties"), Unknown)}


def _against(scanner: Scanner, file: str, estate: Estate, group: Group, result: Result) -> list[Diagnostic]:
    unit = sources.Unit("bicep" if file.lower().endswith(".bicep") else "arm", file)
    source = sources.read(unit, scanner.options({**scanner.request.config.at(file), "region": group.location}))
    problem = unread(source)
    if problem is not None:
        return [problem]
    _, before, problems = scanner.judge(source)
    source.resources = [resource for resource in source.resources if names.deployed(resource)]
    pairs = names.pairs(source, estate, group.left_out)
    return [*problems, *differences.compare(source, estate, before, result[1], pairs)]
