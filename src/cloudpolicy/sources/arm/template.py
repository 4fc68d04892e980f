"""A template as data, whatever spelling it was read from: the common form of ARM JSON and Bicep."""

from __future__ import annotations

from cloudpolicy.sources.arm.values import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path
    from cloudpolicy.sources.arm.instances import Declared
    from cloudpolicy.sources.cloudformation.text import Document

LEVELS = ("resourceGroup", "subscription", "managementGroup", "tenant")


class Parameter:
    """kind in lower case ("securestring"); `default` is data, or NONE when there is none; `allowed` a list or None."""

    __slots__ = ("allowed", "default", "kind", "nullable", "place")

    def __init__(self, kind: str, default: Any, allowed: list[Any] | None, place: Path, nullable: bool = False) -> None:
        self.kind = kind
        self.default = default
        self.allowed = allowed
        self.place = place
        self.nullable = nullable

    @property
    def secure(self) -> bool:
        return self.kind in ("securestring", "secureobject")


class _None:
    __slots__ = ()

    def __bool__(self) -> bool:
        return False


NONE: Any = _None()


class Template:
    """parameters: name -> Parameter; variables, outputs: name -> data; functions: "namespace.name" -> (parameter names, data).

    level        what it is deployed to: one of LEVELS
    any_case     names of parameters and variables are the same in any case (JSON)
    imports      Bicep: name here -> (template that exports it, name there; "*" for all of it)
    broken       True when names may be missing because a part of the text could not be read
    """

    __slots__ = ("any_case", "broken", "document", "functions", "imports", "level", "outputs", "parameters", "resources", "variables")

    def __init__(self, document: Document, level: str, any_case: bool) -> None:
        self.document = document
        self.level = level
        self.any_case = any_case
        self.broken = False
        table: Any = Fields if any_case else dict
        self.parameters: dict[str, Parameter] = table()
        self.variables: dict[str, Any] = table()
        self.outputs: dict[str, Any] = Fields()
        self.functions: dict[str, tuple[list[str], Any]] = Fields()
        self.resources: list[Declared] = []
        self.imports: dict[str, tuple[Template, str]] = {}
