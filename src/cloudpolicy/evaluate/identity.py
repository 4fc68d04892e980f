"""What makes a finding the same finding tomorrow: fingerprints without lines and indexes, over every place that is wrong.

A fingerprint begins with its estate's part, so that what stands in a template that was renamed can still be told from what is new.
"""

from __future__ import annotations

import hashlib
import os

from cloudpolicy.evaluate.wording import MASK, canonical
from cloudpolicy.findings import LOCAL
from cloudpolicy.model import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.answers import Answer
    from cloudpolicy.model import Path, Resource

ESTATE = 12  # hexadecimal digits at the beginning, before those that findings.local tells


class Identities:
    """Gives one estate's findings their fingerprints; equal places are numbered, so that a third one of a kind is new."""

    __slots__ = ("_estate", "_taken")

    def __init__(self, root: str, project: str) -> None:
        self._estate = _digest(_relative(root, project))[:ESTATE]
        self._taken: dict[str, int] = {}

    def of(self, policy: str, address: str, answer: Answer, resource: Resource, mask: bool) -> tuple[str, tuple[str, ...]]:
        """(fingerprint, those of the further places): the first of all of them in order, whichever place the finding happens to stand at."""
        foreign = _elsewhere(answer, resource)
        places = [((), ABSENT, "") if foreign else (answer.path, answer.seen, "")]
        for one in answer.also:
            away = _elsewhere(one, resource)
            places.append(((), ABSENT, one.resource.address) if away and one.resource is not None else (one.path, one.seen, ""))
        if foreign and answer.also and answer.resource is not None:
            places.append(((), ABSENT, answer.resource.address))
        if len(places) == 1:
            return self._print(policy, address, places[0], mask), ()
        first, *more = sorted(self._print(policy, address, place, mask) for place in places)
        return first, tuple(more)

    def simple(self, policy: str, address: str, value: str = "") -> str:
        """The fingerprint of a finding about a resource, or the estate, as a whole."""
        return self._number("\0".join((policy, address, "", value)))

    def _print(self, policy: str, address: str, place: tuple[Path, Any, str], mask: bool) -> str:
        path, seen, companion = place
        names = ".".join(part for part in path if isinstance(part, str))
        # The value seen tells several elements of one list apart. Elsewhere it would only tell an attribute that is left out (HCL) from
        # the same one at its default (plan), which are one finding.
        several = not address or any(isinstance(part, int) for part in path)
        value = "" if not several or seen in (ABSENT, None, False) else MASK if mask else canonical(seen)
        return self._number("\0".join((policy, address, names, value, companion) if companion else (policy, address, names, value)))

    def _number(self, text: str) -> str:
        number = self._taken[text] = self._taken.get(text, 0) + 1
        return self._estate + _digest(text if number == 1 else f"{text}\0{number}")[:LOCAL]


def _elsewhere(answer: Answer, resource: Resource) -> bool:
    return answer.resource is not None and answer.resource is not resource


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _relative(path: str, base: str) -> str:
    """`path` relative to `base` with "/" on every system; the path itself on another drive."""
    try:
        return os.path.relpath(path, base).replace(os.sep, "/")
    except ValueError:
        return path.replace(os.sep, "/")
