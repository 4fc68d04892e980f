"""What is to be changed, whatever the format: an attribute of a resource, or a new resource beside it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Resource
    from cloudpolicy.texts import Text

REST = -1  # in a path: a new element behind those of the list


class NotEditable(Exception):
    """The edit cannot be made; `text` says why, for people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


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
    """Declare a resource of `type` beside `resource`.

    name    what its name in the template is made from, beside the resource's own
    values  its attributes; a Reference stands for the resource
    """

    __slots__ = ("name", "resource", "type", "values")

    def __init__(self, resource: Resource, type: str, name: str, values: dict[str, Any]) -> None:
        self.resource = resource
        self.type = type
        self.name = name
        self.values = values

    def __repr__(self) -> str:
        return f"Companion({self.type} for {self.resource.address})"


class Reference:
    """In a companion's values: the resource beside which it stands, or one attribute of it.

    text  how the template's language spells it, once that is known
    """

    __slots__ = ("attribute", "text")

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.text: Any = None

    def spelled(self) -> Any:
        return self.text
