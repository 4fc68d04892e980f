"""Where the value of a variable or parameter is set, and whether it may be changed there.

A variable is followed only where the failing attribute is that variable and nothing else: from module to caller, to a variables file, to its
default. It is changed only where a plain value stands, and only when nothing but failing attributes that want this very value changes with it.
"""

from __future__ import annotations

import os
import re

from cloudpolicy.fix import hcl, templates
from cloudpolicy.fix.operations import Elsewhere, NotEditable
from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.expressions import Literal
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from cloudpolicy.fix.trial import State
    from cloudpolicy.model import Path, Resource
    from cloudpolicy.sources.terraform.syntax import Attribute, Block, Parsed

    Read = Callable[[str], bytes]
    Wanted = dict[tuple[str, tuple[str, ...]], list[Any]]  # (address, names of the path) -> the values that would make it pass

_CALLS = re.compile(r"module\.([\w-]+)")
_KEYS = re.compile(r'\["(?:[^"\\]|\\.)*"\]|\[[^\[\]"]*\]')
PASSING = frozenset({"AWS::CloudFormation::Stack", "Microsoft.Resources/deployments"})  # only hand on what they are given


def changed(state: State, resource: Resource, name: str, value: Any, read: Read) -> tuple[str, bytes]:
    """(file, its text) with `value` where the variable `name`, as `resource` sees it, is set; raises NotEditable."""
    if state.estate.source == "hcl":
        return _Terraform(state, resource, read).changed(name, value)
    caller = _caller(state, resource)
    if caller is None:
        path = resource.span.file
        return path, templates.set_default(path, read(path), resource, name, value)
    templates.allows(resource, name, value)
    path = caller.span.file
    try:
        return path, templates.hand_over(path, read(path), caller, name, value)
    except Elsewhere as further:
        return changed(state, caller, further.name, value, read)


def also_changed(before: Mapping[int, State], after: Mapping[int, State], wanted: Wanted) -> str | None:
    """The address of a resource that came, went or changed without being asked to; None when the variable decides nothing else."""
    for index, state in after.items():
        old = before[index]
        if state.addresses != old.addresses:
            return min(state.addresses ^ old.addresses)
        for resource in state.estate.resources:
            known = old.estate.at(resource.address)
            if resource.type in PASSING or known is None:
                continue
            for path, value in _differences(known.values, resource.values, ()):
                if value not in wanted.get((resource.address, names(path)), ()):
                    return resource.address
    return None


def names(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _differences(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(*pair, (*path, number))
    elif old != new and not (isinstance(old, Unknown) and isinstance(new, Unknown)):
        yield path, new


def _caller(state: State, resource: Resource) -> Resource | None:
    """The nested stack, deployment or module that declares a resource."""
    address = resource.address
    while "/" in address:
        address = address.rpartition("/")[0]
        found = state.estate.at(address)
        if found is not None and found.type in PASSING:
            return found
    return None


class _Terraform:
    """The modules from the root to the one that declares a resource: their folders, and the blocks that call them."""

    def __init__(self, state: State, resource: Resource, read: Read) -> None:
        self.read = read
        self.inputs = state.estate.inputs
        self.folders = [os.path.normpath(state.estate.root)]
        self.calls: list[str] = _CALLS.findall(_KEYS.sub("", resource.address))
        for call in self.calls:
            block = self._declared("module", call, self.folders[-1])
            source = block.body.attributes.get("source") if block is not None else None
            where = source.expr.value if source is not None and isinstance(source.expr, Literal) else None
            if not isinstance(where, str) or not where.startswith((".", "..")):
                raise _lost(call)
            self.folders.append(os.path.normpath(os.path.join(self.folders[-1], where)))
        if self.folders[-1] != os.path.normpath(os.path.dirname(resource.span.file)):
            raise _lost(resource.address)

    def changed(self, name: str, value: Any) -> tuple[str, bytes]:
        for level in range(len(self.calls), -1, -1):
            folder = self.folders[level]
            declared = self._declared("variable", name, folder)
            if declared is None:
                raise _lost(name)
            if any(block.type == "validation" for block in declared.body.blocks):
                raise NotEditable(Text(f"var.{name} has a validation of its own", f"変数 {name} には検証条件があります"))
            try:
                found = self._given(level, name, value) or self._assigned(folder, _default(name), value)
            except Elsewhere as further:
                name = further.name
                continue
            if found is None:
                raise _lost(name)
            return found
        raise _lost(name)

    def _given(self, level: int, name: str, value: Any) -> tuple[str, bytes] | None:
        """The edit of what the caller, or the last variables file that names it, gives the variable; None when nothing does."""
        if level:
            call = self.calls[level - 1]
            return self._assigned(self.folders[level - 1], lambda parsed: _attribute(parsed, "module", call, name), value)
        files = [path for path in self.inputs if path.endswith((".tfvars", ".tfvars.json"))]
        for path in reversed(files):
            if path.endswith(".json"):
                raise NotEditable(Text("the variables file is JSON", "変数ファイルが JSON です"))
            text = hcl.assign(path, self.read(path), lambda parsed: parsed.body.attributes.get(name), value)
            if text is not None:
                return path, text
        return None

    def _assigned(self, folder: str, find: Callable[[Parsed], Attribute | None], value: Any) -> tuple[str, bytes] | None:
        for path in self._files(folder):
            text = hcl.assign(path, self.read(path), find, value)
            if text is not None:
                return path, text
        return None

    def _declared(self, type: str, name: str, folder: str) -> Block | None:
        found = [block for path in self._files(folder) for block in hcl.parsed(path, self.read(path)).body.of_type(type)]
        return next((block for block in found if block.labels == (name,)), None)

    def _files(self, folder: str) -> list[str]:
        return [path for path in self.inputs if path.endswith(".tf") and os.path.normpath(os.path.dirname(path)) == folder]


def _default(name: str) -> Callable[[Parsed], Attribute | None]:
    return lambda parsed: _attribute(parsed, "variable", name, "default")


def _attribute(parsed: Parsed, type: str, label: str, name: str) -> Attribute | None:
    for block in parsed.body.of_type(type):
        if block.labels == (label,):
            return block.body.attributes.get(name)
    return None


def _lost(name: str) -> NotEditable:
    return NotEditable(Text(f"where {name} is set was not found", f"{name} の設定箇所が見つかりません"))
