"""A deployed stack held against its template in the repository: like with like, and nothing where one side was not to be had."""

from __future__ import annotations

from cloudpolicy import sources
from cloudpolicy.cloud import differences
from cloudpolicy.cloud.aws import stacks
from cloudpolicy.cloud.errors import CloudError, unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudpolicy.cloud.aws.connection import Connection
    from cloudpolicy.cloud.aws.stacks import Stack
    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Diagnostic, Estate
    from cloudpolicy.scan import Result, Scanner

_HOLDERS = (stacks.STACK, "AWS::Serverless::Application")


def held_against(
    scanner: Scanner,
    template: str,
    connection: Connection,
    stack: Stack,
    estate: Estate,
    result: Result,
    read: Callable[[Scanner, Stack], Estate],
) -> list[Diagnostic]:
    """What differs between `template` and the stack that was read as `estate` and judged as `result`.

    Where the service made something else of the template (SAM, macros), it is held against the template that was deployed, not against what
    became of it. `read` reads a fetched stack.
    """
    source = sources.read(sources.Unit("template", template), scanner.options(scanner.request.config.at(template)))
    problem = unread(source)
    if problem is not None:
        return [problem]
    _, before, problems = scanner.judge(source)
    after: list[Finding] = result[1]
    if stacks.processed(template):
        try:
            estate = read(scanner, stacks.original(connection, stack))
        except CloudError as error:
            return [*problems, error.diagnostic]
        _, after, _ = scanner.judge(estate)
    return [*problems, *differences.compare(source, estate, before, after, _pairs(source, estate))]


def _pairs(source: Estate, live: Estate) -> differences.Pairs:
    """The same addresses, but for what stands in nested stacks whose template one side does not have."""
    partners: dict[str, str | None] = {one.address: one.address for one in source.resources if live.at(one.address) is not None}
    aside: set[str] = set()
    for holder in [one.address for one in source.resources if one.type in _HOLDERS]:
        here, there = ([one.address for one in estate.resources if one.address.startswith(f"{holder}/")] for estate in (source, live))
        if not here:
            aside.update(there)
        elif not there and live.at(holder) is not None:
            partners.update(dict.fromkeys(here))
    return differences.Pairs(partners, aside)
