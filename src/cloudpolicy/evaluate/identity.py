"""What makes a finding the same finding tomorrow: fingerprints without lines and indexes, over every place that is wrong.

A fingerprint begins with its estate's part, so that what stands in a template that was renamed can still be told from what is new.
"""

from __future__ import annotations

import os

from cloudpolicy.evaluate.wording import MASK, canonical
from cloudpolicy.findings import LOCAL, digest
from cloudpolicy.model import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.answers import Answer
    from cloudpolicy.model import Path, Resource

    Place = tuple[Path, Any, str]  # attribute, value seen, and what else tells it from others

ESTATE = 12  # hexadecimal digits at the beginning, before those that findings.local tells
# Keys whose values name an element of a list, or say what it opens: another value is another place. Values that are merely settings are none.
# fmt: off
_TELLING = (
    "name", "Name", "id", "Id", "sid", "Sid", "priority", "Priority", "rule_no", "RuleNumber", "direction", "device_name", "DeviceName",
    "domain_name", "DomainName", "origin_id", "target_origin_id", "TargetOriginId", "path", "Path", "path_pattern", "PathPattern",
    "port", "Port", "from_port", "FromPort", "to_port", "ToPort", "protocol", "Protocol", "IpProtocol",
)
# fmt: on


class Identities:
    """Gives one estate's findings their fingerprints; equal places are numbered, so that a third one of a kind is new."""

    __slots__ = ("_estate", "_taken")

    def __init__(self, root: str, project: str) -> None:
        self._estate = digest(_relative(root, project))[:ESTATE]
        self._taken: dict[str, int] = {}

    def of(self, policy: str, address: str, answer: Answer, resource: Resource, mask: bool) -> tuple[str, list[tuple[str, str, str]]]:
        """(fingerprint, Finding.places): the first of all in order, whichever place the finding happens to stand at."""
        places = [_place(one, resource) for one in (answer, *answer.also)]
        if len(places) == 1:
            return self._print(policy, address, places[0], mask), []
        found = sorted((self._print(policy, address, place, mask), address, _names(place[0])) for place in places)
        return found[0][0], found

    def simple(self, policy: str, address: str, value: str = "") -> str:
        """The fingerprint of a finding about a resource, or the estate, as a whole."""
        return self._number("\0".join((policy, address, "", value)))

    def _print(self, policy: str, address: str, place: Place, mask: bool) -> str:
        path, seen, where = place
        names = _names(path)
        # The value seen tells several elements of one list apart. Elsewhere it would only tell an attribute that is left out (HCL) from
        # the same one at its default (plan), which are one finding.
        several = not address or any(isinstance(part, int) for part in path)
        value = "" if not several or seen in (ABSENT, None, False) else MASK if mask else canonical(seen)
        return self._number("\0".join((policy, address, names, value, where)))

    def _number(self, text: str) -> str:
        number = self._taken[text] = self._taken.get(text, 0) + 1
        return self._estate + digest(text if number == 1 else f"{text}\0{number}")[:LOCAL]


def _names(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _place(answer: Answer, resource: Resource) -> Place:
    if answer.resource is not None and answer.resource is not resource:
        # Of several companions of which one would do, the one that speaks is chosen by their order.
        return (), ABSENT, answer.resource.address if answer.each else ""
    if not answer.path:
        return (), answer.seen, f"{answer.leaf.kind} {answer.leaf.name}"
    return answer.path, answer.seen, _elements(resource.values, answer.path)


def _elements(value: Any, path: Path) -> str:
    """What tells the list elements on the way apart from others of the same list: their names, ports and the like."""
    found = []
    for part in path:
        if isinstance(value, str) and value[:1] in ("[", "{"):
            value = _decoded(value)
        if isinstance(part, int):
            if not isinstance(value, list) or part >= len(value):
                break
            value = value[part]
            if isinstance(value, dict):
                # As text: a port is 22 in one source and "22" in another. What is empty may be left out in another.
                found += [f"{key}={value[key]}" for key in _TELLING if type(value.get(key)) in (str, int) and value[key]]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        elif not isinstance(value, list):  # a block that stands once may be a list of one
            break
    return " ".join(found)


def _decoded(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _relative(path: str, base: str) -> str:
    """`path` relative to `base` with "/" on every system; the path itself on another drive."""
    try:
        return os.path.relpath(path, base).replace(os.sep, "/")
    except ValueError:
        return path.replace(os.sep, "/")
