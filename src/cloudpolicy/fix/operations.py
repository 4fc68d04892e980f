"""What is to be changed, whatever the format: an attribute of a resource, or a new resource beside it."""

from __future__ import annotations

import re

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.model import Path, Resource

REST = -1  # in a path: a new element behind those of the list


class NotEditable(Exception):
    """The edit cannot be made; `text` says why, for people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Elsewhere(NotEditable):
    """The value is that of something that has a name, and nothing else.

    name   as the language has it: var.x, local.x and each.value in HCL; x for a parameter (in Bicep for a variable, too); variables('x') in
           ARM; a whole FindInMap in CloudFormation
    steps  the members to go down to from there
    """

    def __init__(self, text: Text, name: str, steps: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.name = name
        self.steps = steps


_BARE = re.compile(
    r"""(?P<hcl>"\$\{)?(?:(?P<named>(?:var|local)\.[A-Za-z_][\w-]*|each\.value)(?P<down>(?:\.[A-Za-z_][\w-]*|\["[^"\\]*"\])*))(?(hcl)\}")
    |!Ref\s+["']?(?P<ref>\w+)["']?|\{?\s*"?Ref"?\s*:\s*["']?(?P<long_ref>\w+)["']?\s*\}?
    |(?P<map>(?:!FindInMap|\{?\s*["']?Fn::FindInMap["']?\s*:).*)
    |"\[(?:parameters\('(?P<parameter>\w+)'\)|(?P<variable>variables\('\w+'\)))(?P<members>(?:\.\w+)*)\]"
    |(?!(?:true|false|null)\b)(?P<bicep>[A-Za-z_]\w*)(?P<fields>(?:\.[A-Za-z_]\w*)*)""",
    re.VERBOSE | re.DOTALL,
)
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\["([^"]*)"\]""")


def bare(text: str) -> tuple[str, tuple[str, ...]] | None:
    """(name, steps) of an expression that is a name and what to go down to from there; see Elsewhere."""
    found = _BARE.fullmatch(text.strip())
    if found is None:
        return None
    name = next(found[group] for group in ("named", "ref", "long_ref", "map", "parameter", "variable", "bicep") if found[group])
    down = found["down"] or found["members"] or found["fields"] or ""
    return name, tuple(one or other for one, other in _STEP.findall(down))


def expression(text: str, whole: bool = False, rest: Path = ()) -> NotEditable:
    """Says that an expression is not edited; `whole` where it is all of the value, which may be a variable's.

    rest  what the way through a value would have gone down to
    """
    found = bare(text) if whole or (rest and all(isinstance(step, str) for step in rest)) else None
    text = " ".join(text.split())
    text = text if len(text) <= 60 else text[:59] + "…"
    words = Text(
        f"the value comes from the expression {text}; change it where it is set",
        f"値が式 {text} で決まっています。定義元で変更してください",
    )
    return NotEditable(words) if found is None else Elsewhere(words, found[0], (*found[1], *map(str, rest)))


class Operation:
    """Set the attribute at `path` of a resource to `value`; names of blocks that are not written yet are made.

    items  `value` is a list whose items are added to the list that is there
    """

    __slots__ = ("items", "path", "resource", "value")

    def __init__(self, resource: Resource, path: Path, value: Any, items: bool = False) -> None:
        self.resource = resource
        self.path = path
        self.value = value
        self.items = items

    def __repr__(self) -> str:
        return f"Operation({self.resource.address} {'.'.join(map(str, self.path))} {'+' if self.items else ''}= {self.value!r})"


class Companion:
    """Declare a resource of `type` with `values` beside `resource`; a Reference in them stands for that one."""

    __slots__ = ("resource", "type", "values")

    def __init__(self, resource: Resource, type: str, values: dict[str, Any]) -> None:
        self.resource = resource
        self.type = type
        self.values = values

    def __repr__(self) -> str:
        return f"Companion({self.type} for {self.resource.address})"


class Reference:
    """In a companion's values: an attribute of the resource beside which it stands ("" for the resource itself), and text behind it."""

    __slots__ = ("attribute", "suffix")

    def __init__(self, attribute: str, suffix: str = "") -> None:
        self.attribute = attribute
        self.suffix = suffix


class Encoded:
    """In a companion's values: a text that holds `value` as JSON."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Bare:
    """A reference as the template's language spells it; `text` is data where the language spells it as data (JSON, YAML)."""

    __slots__ = ("text",)

    def __init__(self, text: Any) -> None:
        self.text = text


def replaced(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with every Reference and Encoded in it changed."""
    if isinstance(value, (Reference, Encoded)):
        return change(value)
    if isinstance(value, dict):
        return {key: replaced(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, change) for item in value]
    return value
