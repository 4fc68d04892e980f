"""Where the value of a variable, a local value or an element of a for_each is set in Terraform: from module to caller, to a variables file, to a default."""

from __future__ import annotations

import os
import re

from cloudpolicy.fix import hcl, terraform_json
from cloudpolicy.fix.operations import Elsewhere, NotEditable
from cloudpolicy.sources.terraform.expressions import Literal
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.fix.trial import State
    from cloudpolicy.model import Resource
    from cloudpolicy.sources.terraform.syntax import Block

    Read = Callable[[str], bytes]
    Steps = tuple[str, ...]

_KEY = r'(?:\[("(?:[^"\\]|\\.)*"|[^\[\]"]*)\])?'
_CALLS = re.compile(r"module\.([\w-]+)" + _KEY)
_LAST = re.compile(_KEY + r"\Z")
_HOPS = 20  # a chain of local values may be a circle


class Origins:
    """The modules from the root to the one that declares a resource: their folders, and the calls between them."""

    def __init__(self, state: State, resource: Resource, read: Read) -> None:
        self.read = read
        self.inputs = state.estate.inputs
        self.resource = resource
        self.folders = [os.path.normpath(state.estate.root)]
        self.calls: list[tuple[str, str]] = _CALLS.findall(resource.address)  # name, key
        for call, _ in self.calls:
            block = self._declared("module", call, self.folders[-1])
            source = block.body.attributes.get("source") if block is not None else None
            where = source.expr.value if source is not None and isinstance(source.expr, Literal) else None
            if not isinstance(where, str) or not where.startswith((".", "..")):
                raise lost(call)
            self.folders.append(os.path.normpath(os.path.join(self.folders[-1], where)))
        if self.folders[-1] != os.path.normpath(os.path.dirname(resource.span.file)):
            raise lost(resource.address)

    def changed(self, name: str, steps: Steps, value: Any) -> tuple[str, bytes]:
        """(file, its text) with `value` in what `name` ("var.x", "local.x", "each.value"), as the resource sees it, has at `steps`."""
        level = len(self.calls)
        block: Block | None = None  # whose `each` is meant; None for the resource's own
        for _ in range(_HOPS):
            root, _, rest = name.partition(".")
            folder = self.folders[level]
            try:
                if root == "each":
                    found = self._element(level, block, steps, value)
                elif root == "local":
                    found = self._assigned(folder, ("locals", rest), steps, value)
                else:
                    declared = self._declared("variable", rest, folder)
                    if declared is None:
                        raise lost(name)
                    if any(inner.type == "validation" for inner in declared.body.blocks):
                        raise NotEditable(Text(f"{name} has a validation of its own", f"変数 {name} には検証条件があります"))
                    found = self._given(level, rest, steps, value) or self._assigned(folder, ("variable", rest, "default"), steps, value)
            except Elsewhere as further:
                name, steps = further.name, further.steps
                if root == "var":  # what a variable is given is written by the caller
                    if not level:
                        raise lost(name) from None
                    level -= 1
                    block = self._declared("module", self.calls[level][0], self.folders[level])
                continue
            if found is None:
                raise lost(name)
            return found
        raise lost(name)

    def _given(self, level: int, name: str, steps: Steps, value: Any) -> tuple[str, bytes] | None:
        """The edit of what the caller, or the last variables file that names it, gives the variable; None when nothing does."""
        if level:
            return self._assigned(self.folders[level - 1], ("module", self.calls[level - 1][0], name), steps, value)
        for path in reversed(self.inputs):
            if path.endswith((".tfvars", ".tfvars.json")):
                text = _assign(path, self.read(path), (name,), steps, value)
                if text is not None:
                    return path, text
        return None

    def _element(self, level: int, block: Block | None, steps: Steps, value: Any) -> tuple[str, bytes] | None:
        """The edit of what a for_each has for the instance."""
        if block is None:
            path = self.resource.span.file
            block = hcl.find(hcl.parsed(path, self.read(path)), self.resource)
            match = _LAST.search(self.resource.address)
            key = match[1] if match is not None else None
        else:
            key = self.calls[level][1]
        if not key or key[:1] != '"':
            raise lost("each.value")
        return self._assigned(self.folders[level], (block.type, *block.labels, "for_each"), (key[1:-1], *steps), value)

    def _assigned(self, folder: str, names: Steps, steps: Steps, value: Any) -> tuple[str, bytes] | None:
        for path in self._files(folder):
            text = _assign(path, self.read(path), names, steps, value)
            if text is not None:
                return path, text
        return None

    def _declared(self, type: str, name: str, folder: str) -> Block | None:
        found = [block for path in self._files(folder) for block in hcl.parsed(path, self.read(path)).body.of_type(type)]
        return next((block for block in found if block.labels == (name,)), None)

    def _files(self, folder: str) -> list[str]:
        return [path for path in self.inputs if path.endswith((".tf", ".tf.json")) and os.path.normpath(os.path.dirname(path)) == folder]


def lost(name: str) -> NotEditable:
    return NotEditable(Text(f"where {name} is set was not found", f"{name} の設定箇所が見つかりません"))


def _assign(path: str, data: bytes, names: Steps, steps: Steps, value: Any) -> bytes | None:
    if path.endswith(".json"):
        return terraform_json.assign(path, data, names, steps, value)
    return hcl.assign(path, data, names, steps, value)
