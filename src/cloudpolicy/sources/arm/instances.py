"""Declared resources -> the instances that loops make of them, with their full types, full names and addresses."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm.values import HOLE, Unresolved, combine, identity, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path

NAME_LIMIT = 90
DEPLOYMENTS = "microsoft.resources/deployments"


class Declared:
    """One resource or module as the text declares it.

    symbol     symbolic name; "" where the template has none. Nested ones carry their parent's: "vnet::subnet"
    type       as written, without the API version; relative for a resource nested in another
    body       the declaration's mapping, with nodes for expressions
    place      where it stands in the document
    condition  data of the condition; True when there is none
    loop       nodes.For over the declaration (its body is not used), or None
    existing   declared only to be referred to
    within     the declaration that it is nested in
    parent     data of Bicep's `parent:`
    deploys    True for nested deployments and modules
    """

    __slots__ = ("body", "condition", "deploys", "existing", "loop", "parent", "place", "symbol", "type", "within")

    def __init__(
        self,
        symbol: str,
        type: str,
        body: dict[str, Any],
        place: Path,
        condition: Any = True,
        loop: Any = None,
        existing: bool = False,
        within: Declared | None = None,
        parent: Any = None,
    ) -> None:
        self.symbol = symbol
        self.type = type
        self.body = body
        self.place = place
        self.condition = condition
        self.loop = loop
        self.existing = existing
        self.within = within
        self.parent = parent
        self.deploys = type.lower() == DEPLOYMENTS and not existing


class Instance:
    """One instance of a declaration.

    name         full name ("account/default"), a str or an Unknown; `short` is the name as written
    owner        scope of an extension resource that was declared as a child ("…/providers/…"): the instance that it extends
    extends      the same for one that stands by itself: (type, full name) of what it extends
    names        what loops bind for it
    conditional  True when it cannot be told whether it exists
    """

    __slots__ = ("address", "conditional", "declared", "existing", "extends", "name", "names", "owner", "parent", "short", "type")

    def __init__(self, declared: Declared, names: dict[str, Any], parent: Instance | None, conditional: bool) -> None:
        self.declared = declared
        self.names = names
        self.parent = parent
        self.owner: Instance | None = None
        self.extends: tuple[str, Any] | None = None
        self.conditional = conditional
        self.existing = declared.existing
        self.type = declared.type
        self.name: Any = ""
        self.short: Any = ""
        self.address = ""

    @property
    def references(self) -> tuple[str, ...]:
        return () if self.existing else (self.address,)

    @property
    def key(self) -> tuple[str, str]:
        return (self.type.lower(), identity(self.name).lower())

    @property
    def shown(self) -> str:
        """The name for people: its identity, or the expression when that is a long one."""
        named = identity(self.name)
        return named if len(named) <= NAME_LIMIT or not isinstance(self.name, Unknown) else f"${{{self.name.expression}}}"

    def identify(self, name: Any) -> None:
        """Full type and full name from what is written, under the parent."""
        self.short = name
        type, parent = self.declared.type, self.parent
        if parent is not None:
            relative = "." not in type.split("/", 1)[0]
            if relative:
                type = f"{parent.type}/{type}"
            if not type.lower().startswith(parent.type.lower() + "/"):
                self.owner, self.parent = parent, None
            elif relative or self.declared.parent is not None or len(segments(identity(name))) < type.count("/"):
                name = combine([parent.name, "/", name], shorten(f"{identity(parent.name)}/{identity(name)}"))
        before, mark, after = type.partition("/providers/")
        if mark:
            type, name = self._extension(before, after, name)
        self.type, self.name = type, name

    def _extension(self, before: str, after: str, name: Any) -> tuple[str, Any]:
        """Microsoft.A/b/providers/locks named "b/Microsoft.Authorization/lock": an extension resource of A/b."""
        parts = segments(identity(name))
        above = skip = before.count("/")
        if "." not in after.split("/", 1)[0]:
            if len(parts) <= skip or "." not in parts[skip]:
                return f"{before}/providers/{after}", name
            after = f"{parts[skip]}/{after}"
            skip += 1
        self.owner, self.parent = self.parent, None
        if self.owner is None and len(parts) > above:
            self.extends = before, _cut(name, slice(None, above))
        return after, tail(name, skip)


def segments(text: str) -> list[str]:
    """The text split at slashes that do not stand inside "${…}"."""
    if "${" not in text:
        return text.split("/")
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character == "{" and (depth or text[index - 1 : index] == "$"):
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif character == "/" and not depth:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts


def tail(name: Any, skip: int) -> Any:
    """The name without its first segments."""
    return _cut(name, slice(skip, None))


def head(name: Any) -> Any:
    """The name without its last segment."""
    return _cut(name, slice(None, -1))


def _cut(name: Any, part: slice) -> Any:
    if not isinstance(name, Unknown):
        return "/".join(str(name).split("/")[part])
    named = segments(identity(name))[part]
    known = segments(name.partial)[part] if isinstance(name.partial, str) else []
    if len(known) != len(named):
        known = [HOLE if "${" in text else text for text in named]
    text = "/".join(known)
    if HOLE not in text and all("${" not in text for text in named):
        return text
    return Unresolved(name.reason, name.expression, name.references, text, None, "/".join(named))
