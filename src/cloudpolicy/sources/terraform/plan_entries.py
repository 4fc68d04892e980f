"""What a plan lists: resource instances as they will be, and those that it leaves as they are."""

from __future__ import annotations

from cloudpolicy.sources.terraform.plan_references import split_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_GONE = (["delete"], ["forget"])


class Entry:
    """One planned or known resource instance."""

    __slots__ = ("address", "after", "block", "conditional", "key", "module", "sensitive", "type", "unknown")

    def __init__(self, source: dict[str, Any], after: dict[str, Any], unknown: Any, sensitive: Any, conditional: bool) -> None:
        data = "data." if source.get("mode") == "data" else ""
        module, key = source.get("module_address"), source.get("index")
        self.address: str = source["address"]
        self.type: str = data + source["type"]
        self.block: str = f"{self.type}.{source['name']}"
        self.module = module if isinstance(module, str) else ""
        self.key: str | int | None = key if isinstance(key, (str, int)) and not isinstance(key, bool) else None
        self.after = after
        self.unknown = unknown
        self.sensitive = sensitive
        self.conditional = conditional


def entries(plan: dict[str, Any], wrong: Callable[[str, str], None]) -> list[Entry]:
    """Every instance that will be there; `wrong` is told, in both languages, what has not the form of one."""
    listing = _Listing(plan, wrong)
    found = [*listing.changes()]
    return [*found, *listing.known_from_state({entry.address for entry in found})]


class _Listing:
    def __init__(self, plan: dict[str, Any], wrong: Callable[[str, str], None]) -> None:
        self._plan = plan
        self._wrong = wrong
        self._listed_changes = self._listed("resource_changes")

    def changes(self) -> Iterator[Entry]:
        for conditional, listed in ((False, self._listed_changes), (True, self._deferred())):
            for change in listed:
                entry = self._entry(change, conditional)
                if entry is not None:
                    yield entry

    def _listed(self, name: str) -> list[Any]:
        value = self._plan.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(f'"{name}" is not a list', f"「{name}」が配列ではありません")
            return []
        return value

    def _deferred(self) -> list[Any]:
        return [one.get("resource_change") for one in self._listed("deferred_changes") if isinstance(one, dict)]

    def _entry(self, change: Any, conditional: bool) -> Entry | None:
        body = change.get("change") if isinstance(change, dict) else None
        if (
            not isinstance(change, dict)
            or not isinstance(body, dict)
            or not all(isinstance(change.get(name), str) for name in ("address", "type", "name"))
            or not split_address(change["address"])
        ):
            where = str(change.get("address"))[:80] if isinstance(change, dict) else "?"
            self._wrong(
                f"a resource change has not the form of one ({where}); it was not checked",
                f"リソースの変更({where})の形式が正しくないため検査していません",
            )
            return None
        after = body.get("after")
        if body.get("actions") in _GONE or change.get("deposed"):
            return None
        if not isinstance(after, dict):
            if after is None and body.get("actions") == ["no-op"]:
                return None
            self._wrong(
                f"{change['address'][:80]} has no planned values; it was not checked",
                f"{change['address'][:80]} に計画値が無いため検査していません",
            )
            return None
        return Entry(change, after, body.get("after_unknown"), body.get("after_sensitive"), conditional)

    def known_from_state(self, present: set[str]) -> Iterator[Entry]:
        """Data sources that were read while planning, and what a partial plan left as it is: they stand in the values trees only."""
        gone = {str(one.get("address")) for one in self._listed_changes if isinstance(one, dict)}
        prior = mapping(self._plan.get("prior_state")).get("values")
        for tree, only_data in ((self._plan.get("planned_values"), False), (prior, True)):
            stack = [mapping(mapping(tree).get("root_module"))]
            while stack:
                module = stack.pop()
                children = module.get("child_modules")
                stack += [one for one in children if isinstance(one, dict)] if isinstance(children, list) else []
                listed = module.get("resources")
                for one in listed if isinstance(listed, list) else []:
                    if not isinstance(one, dict) or (only_data and one.get("mode") != "data"):
                        continue
                    address = one.get("address")
                    if not isinstance(address, str) or address in present or address in gone or not isinstance(one.get("values"), dict):
                        continue
                    if all(isinstance(one.get(name), str) for name in ("type", "name")):
                        present.add(address)
                        yield Entry({**one, "module_address": module.get("address")}, one["values"], {}, one.get("sensitive_values"), False)


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is the mapping that a plan has there; else nothing."""
    return value if isinstance(value, dict) else {}
