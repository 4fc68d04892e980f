"""The maps from foreign rule ids to our policies: `policies/mappings/<tool>.yaml`, typed and checked when loaded.

An entry stands there only when the rule demands of those resource types what the policy demands of them, or a part of it.
"""

from __future__ import annotations

import os

import msgspec
import yaml

from cloudpolicy.policy.pack import folder as pack_folder
from cloudpolicy.policy.pack import format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, rename={"passes": "pass"}):
    """What one foreign rule means for one of our policies.

    policy    id of ours
    resources resource types for which it holds, in our spelling; the type tells the format
    also      resource types that the rule judges, too, and for which this does not hold
    passes    `pass: true`: the rule demands all that the policy demands there, so that its pass is the policy's pass
    profiles  the policy demands it in these profiles only
    severity  of the check that speaks there, where it differs from the policy's
    """

    policy: str
    resources: list[str]
    also: list[str] = []
    passes: bool = False
    profiles: list[str] = []
    severity: str = ""


class Map(msgspec.Struct, forbid_unknown_fields=True):
    """One tool's map.

    tool      as people write it
    prefixes  what an id of `rules` may begin with in results ("AVD-"): older versions of the tool wrote it so
    names     further names under which the tool signs its results (SARIF's driver name), compared without case
    version   of the tool that the entries were held against
    verified  "run": a test runs the tool's rule and our policy over examples of every entry; "read": the tool's own rule and its own
              examples were read, and a test runs our policy alone
    rules     foreign id -> entry or entries
    """

    tool: str
    version: str
    verified: str
    rules: dict[str, Entry | list[Entry]]
    names: list[str] = []
    prefixes: list[str] = []

    def entries(self, rule: str) -> list[Entry]:
        for prefix in self.prefixes:
            rule = rule.removeprefix(prefix)
        found = self.rules.get(rule, [])
        return [found] if isinstance(found, Entry) else found


class Maps:
    """All maps: which of our policies a result of a tool speaks of."""

    def __init__(self, maps: Iterable[Map]) -> None:
        self._by_name: dict[str, Map] = {}
        for one in maps:
            for name in (one.tool, *one.names):
                self._by_name[name.casefold()] = one

    def entries(self, tool: str, rule: str, type: str | None, format: str | None) -> list[Entry]:
        """The entries of a rule that hold for the resource type. Where the type is not known: those that hold for all that the rule judges, if the
        tool itself was run to find out which these are."""
        one = self._by_name.get(tool.casefold())
        if one is None:
            return []
        found = one.entries(rule)
        if type is not None:
            key = type.casefold()
            return [entry for entry in found if any(key == own.casefold() for own in entry.resources)]
        if one.verified != "run":
            return []
        return [entry for entry in found if not entry.also and (format is None or any(format_of(own) == format for own in entry.resources))]


def load(folder: str | None = None) -> list[Map]:
    """Every map of `folder` (ours by default); raises msgspec.ValidationError, which a test rules out for ours."""
    top = folder or os.path.join(pack_folder(), "mappings")
    maps = []
    for name in sorted(os.listdir(top)):
        if name.endswith(".yaml"):
            with open(os.path.join(top, name), encoding="utf-8") as file:
                maps.append(msgspec.convert(yaml.load(file, _Loader), Map))
    return maps
