"""The configuration part of a plan: what is written there, and which resource instances its references mean."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Key = str | int | None

_STEP = re.compile(r'([^.\[\]"]+)((?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?)(?:\.|\Z)')
_DEPTH = 40  # variables and outputs that hand a value through


def split_address(address: str) -> list[tuple[str, Key]]:
    """'module.a["x"].aws_s3_bucket.b[0]' -> [("module", None), ("a", "x"), ("aws_s3_bucket", None), ("b", 0)]; [] when malformed."""
    steps: list[tuple[str, Key]] = []
    position = 0
    while position < len(address):
        match = _STEP.match(address, position)
        if match is None or match.end() == position:
            return []
        steps.append((match[1], _key(match[2])))
        position = match.end()
    return steps


def _key(text: str) -> Key:
    if not text:
        return None
    if text[1] != '"':
        return int(text[1:-1])
    return (
        re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r", "t": "\t"}.get(found[1], found[1]), text[2:-2])
        .replace("$${", "${")
        .replace("%%{", "%{")
    )


class Scope:
    """One instance of a module in the plan: its configuration, its address, and the call that made it."""

    __slots__ = ("address", "call", "key", "module", "parent")

    def __init__(self, module: dict[str, Any], address: str, parent: Scope | None, call: dict[str, Any], key: Key) -> None:
        self.module = module
        self.address = address
        self.parent = parent
        self.call = call
        self.key = key

    def full(self, name: str) -> str:
        return f"{self.address}.{name}" if self.address else name


class Place:
    """Where an expression stands: the module instance, and what count.index, each.key and each.value are there."""

    __slots__ = ("for_each", "key", "scope", "scope_of_for_each")

    def __init__(self, scope: Scope, key: Key, for_each: Any, scope_of_for_each: Scope | None = None) -> None:
        self.scope = scope
        self.key = key
        self.for_each = for_each
        self.scope_of_for_each = scope_of_for_each or scope


class Configuration:
    """The plan's configuration and the instances that the plan has of it."""

    def __init__(self, plan: dict[str, Any], addresses: Iterable[tuple[str, str, Key, str]]) -> None:
        """addresses: (module address, "type.name" or "data.type.name", instance key, full address) of every instance."""
        configuration = _dict(plan.get("configuration"))
        self.providers = _dict(configuration.get("provider_config"))
        self.variables = {name: _dict(one).get("value") for name, one in _dict(plan.get("variables")).items()}
        self._root = Scope(_dict(configuration.get("root_module")), "", None, {}, None)
        self._scopes: dict[str, Scope | None] = {"": self._root}
        self._blocks: dict[int, dict[str, dict[str, Any]]] = {}
        self._instances: dict[tuple[str, str], dict[Key, str]] = {}
        self._modules: dict[tuple[str, str], dict[Key, str]] = {}
        for module, name, key, address in addresses:
            self._instances.setdefault((module, name), {})[key] = address
            self._note_module(module)

    def _note_module(self, address: str) -> None:
        while address:
            parent, name, key = _parent(address)
            calls = self._modules.setdefault((parent, name), {})
            if key in calls:
                return
            calls[key] = address
            address = parent

    def scope(self, address: str) -> Scope | None:
        """The module instance at `address` ("" is the root); None when the configuration does not have it."""
        if address in self._scopes:
            return self._scopes[address]
        if address.count("module.") > _DEPTH:
            return None
        found: Scope | None = None
        head, name, key = _parent(address)
        if name:
            parent = self.scope(head)
            call = _dict(_dict(parent.module.get("module_calls")).get(name)) if parent is not None else {}
            if parent is not None and call:
                found = Scope(_dict(call.get("module")), address, parent, call, key)
        self._scopes[address] = found
        return found

    def block(self, scope: Scope, name: str) -> dict[str, Any] | None:
        """The configuration of the resource "type.name" in a module."""
        blocks = self._blocks.get(id(scope.module))
        if blocks is None:
            blocks = {str(one.get("address")): one for one in _list(scope.module.get("resources")) if isinstance(one, dict)}
            self._blocks[id(scope.module)] = blocks
        return blocks.get(name)

    def constant(self, expression: Any, scope: Scope, depth: int = 0) -> Any:
        """The value of an expression that is a constant or just a variable; None when that cannot be told."""
        expression = _dict(expression)
        if "constant_value" in expression:
            return expression["constant_value"]
        references = _list(expression.get("references"))
        if len(references) != 1 or depth > _DEPTH or not isinstance(references[0], str) or not references[0].startswith("var."):
            return None
        name = references[0][4:]
        if scope.parent is None:
            return self.variables.get(name)
        handed = _dict(scope.call.get("expressions")).get(name)
        if handed is not None:
            return self.constant(handed, scope.parent, depth + 1)
        return _dict(_dict(scope.module.get("variables")).get(name)).get("default")

    def addresses(self, references: Any, place: Place, several: bool = True) -> tuple[str, ...]:
        """The instances that `references` (of one expression standing at `place`) mean, those that can be told for certain.

        several: whether the value may be made of all instances at once; a plain value is made of one of them.
        """
        found: dict[str, None] = {}
        for address in self._resolve(_longest(references), place, several, 0):
            found[address] = None
        return tuple(found)

    def origin(self, references: Any, place: Place) -> tuple[str, Place] | None:
        """The one reference that an expression consists of, followed through variables and outputs; None when there are several."""
        for _ in range(_DEPTH):
            kept = _longest(references)
            steps = split_address(kept[0]) if len(kept) == 1 else []
            if len(steps) < 2:
                return None
            kind, (name, _key) = steps[0][0], steps[1]
            if kind == "var" and place.scope.parent is not None:
                scope = place.scope
                references = _dict(_dict(scope.call.get("expressions")).get(name)).get("references")
                place = Place(place.scope.parent, scope.key, scope.call.get("for_each_expression"))
            elif kind == "module" and len(steps) > 2:
                instances = self._pick(self._modules.get((place.scope.address, name)), _key, kept, place, False)
                inner = self.scope(instances[0]) if len(instances) == 1 else None
                if inner is None:
                    return None
                references = _dict(_dict(_dict(inner.module.get("outputs")).get(steps[2][0])).get("expression")).get("references")
                place = Place(inner, None, None)
            else:
                return kept[0], place
        return None

    def _resolve(self, references: list[str], place: Place, several: bool, depth: int) -> list[str]:
        if depth > _DEPTH:
            return []
        found: list[str] = []
        for reference in references:
            steps = split_address(reference)
            if not steps:
                continue
            kind = steps[0][0]
            if kind == "var":
                found += self._variable(steps, place.scope, several, depth)
            elif kind == "module" and len(steps) > 1:
                found += self._module(steps, references, place, several, depth)
            elif kind == "each" and len(steps) > 1 and steps[1][0] == "value":
                found += self._each_value(place)
            elif kind == "data" and len(steps) > 2:
                found += self._pick(
                    self._instances.get((place.scope.address, f"data.{steps[1][0]}.{steps[2][0]}")), steps[2][1], references, place, several
                )
            elif kind not in ("each", "count", "local", "path", "terraform", "self", "data", "module") and len(steps) > 1:
                found += self._pick(
                    self._instances.get((place.scope.address, f"{kind}.{steps[1][0]}")), steps[1][1], references, place, several
                )
        return found

    def _variable(self, steps: list[tuple[str, Key]], scope: Scope, several: bool, depth: int) -> list[str]:
        if scope.parent is None or len(steps) < 2:
            return []
        handed = _dict(_dict(scope.call.get("expressions")).get(steps[1][0]))
        place = Place(scope.parent, scope.key, scope.call.get("for_each_expression"))
        return self._resolve(_longest(handed.get("references")), place, several, depth + 1)

    def _module(self, steps: list[tuple[str, Key]], references: list[str], place: Place, several: bool, depth: int) -> list[str]:
        name, key = steps[1]
        chosen = self._pick(self._modules.get((place.scope.address, name)), key, references, place, several)
        found: list[str] = []
        for address in chosen:
            scope = self.scope(address)
            outputs = _dict(scope.module.get("outputs")) if scope is not None else {}
            if scope is None:
                continue
            inner = Place(scope, None, None)
            if len(steps) > 2:
                expression = _dict(_dict(outputs.get(steps[2][0])).get("expression"))
                found += self._resolve(_longest(expression.get("references")), inner, several, depth + 1)
                continue
            # Terraform does not say which output of an indexed module is meant: certain only when all are made of the same resource
            every = [
                self._resolve(_longest(_dict(_dict(one).get("expression")).get("references")), inner, several, depth + 1)
                for one in outputs.values()
            ]
            if every and all(len(set(one)) == 1 and one[0] == every[0][0] for one in every):
                found.append(every[0][0])
        return found

    def _each_value(self, place: Place) -> list[str]:
        """for_each over a resource: each.value is the instance of the same key."""
        references = _longest(_dict(place.for_each).get("references"))
        if len(references) != 1 or not isinstance(place.key, str):
            return []
        steps = split_address(references[0])
        if len(steps) == 3 and steps[0][0] == "data":
            name = f"data.{steps[1][0]}.{steps[2][0]}"
        elif len(steps) == 2 and steps[0][0] not in ("var", "local", "module", "each", "count", "path", "terraform", "self"):
            name = f"{steps[0][0]}.{steps[1][0]}"
        else:
            return []
        address = self._instances.get((place.scope.address, name), {}).get(place.key)
        return [address] if address else []

    @staticmethod
    def _pick(instances: dict[Key, str] | None, key: Key, references: list[str], place: Place, several: bool) -> list[str]:
        """The instances that a reference with or without an index means."""
        if not instances:
            return []
        if key is not None or None in instances:
            address = instances.get(key) or instances.get(None)
            return [address] if address else []
        if ("each.key" in references and isinstance(place.key, str)) or ("count.index" in references and isinstance(place.key, int)):
            address = instances.get(place.key)
            return [address] if address else []
        if len(instances) == 1:
            return list(instances.values())
        # an index that is itself an expression leaves only its own references behind: then it may be any one of them
        indexed = any(name.startswith(("var.", "local.", "each.", "count.")) for name in references)
        return [] if indexed or not several else list(instances.values())


def _longest(references: Any) -> list[str]:
    """Terraform lists each reference with its prefixes behind it: keep the longest ones."""
    kept: list[str] = []
    for reference in _list(references):
        if not isinstance(reference, str):
            continue
        if kept and kept[-1].startswith((reference + ".", reference + "[")):
            continue
        kept.append(reference)
    return kept


def first_reference(references: Any) -> str:
    """What to show people as the expression."""
    return ", ".join(_longest(references))[:80]


def _parent(address: str) -> tuple[str, str, Key]:
    """'module.a["x"].module.b[0]' -> ('module.a["x"]', "b", 0); name "" when it is no module's address."""
    position = start = 0
    match = None
    while position < len(address):
        match = _STEP.match(address, position)
        if match is None or match.end() == position:
            return "", "", None
        start, position = position, match.end()
    head = address[:start]
    if match is None or not (head == "module." or head.endswith(".module.")):
        return "", "", None
    return head.removesuffix("module.").removesuffix("."), match[1], _key(match[2])


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
