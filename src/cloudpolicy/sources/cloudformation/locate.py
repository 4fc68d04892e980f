"""From the path of a value back to the text: which keys and list elements of the template it was read from."""

from __future__ import annotations

from cloudpolicy.sources.cloudformation.serverless import SECTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Span
    from cloudpolicy.sources.cloudformation.scope import Scope
    from cloudpolicy.sources.cloudformation.text import Document


class Locator:
    """Locates attributes of one resource; `place` is where its mapping stands, `body` that mapping as it is written."""

    __slots__ = ("_body", "_place", "_scope")

    def __init__(self, scope: Scope, place: Path, body: dict[str, Any]) -> None:
        self._scope = scope
        self._place = place
        self._body = body

    def home(self) -> tuple[Document, Path]:
        """The text that declares the resource, and where in it its mapping stands."""
        return self._scope.document, self._place

    def __call__(self, path: Path) -> Span | None:
        """The span of exactly the attribute at `path` (a path in Resource.values), or None when it is not written."""
        if path[0] in ("DeletionPolicy", "UpdateReplacePolicy"):
            return self._scope.document.span((*self._place, path[0])) if len(path) == 1 and path[0] in self._body else None
        found = self._walk(self._body.get("Properties"), (*self._place, "Properties"), path)
        if found is None:
            section = SECTIONS.get(self._body.get("Type", ""))
            shared = self._scope.document.data.get("Globals") if section and self._scope.serverless else None
            if isinstance(shared, dict):
                found = self._walk(shared.get(section), ("Globals", section or ""), path)
        return self._scope.document.span(found) if found is not None else None

    def _walk(self, data: Any, place: Path, path: Path) -> Path | None:
        for step in path:
            data, place = self._branch(data, place)
            if isinstance(step, int):
                if not isinstance(data, list):
                    return None
                number = self._written(data, step)
                if number is None:
                    return None
                data, place = data[number], (*place, number)
            elif isinstance(data, dict) and step in data:
                data, place = data[step], (*place, step)
            else:
                return None
        return place

    def _branch(self, data: Any, place: Path) -> tuple[Any, Path]:
        """Through every Fn::If that is decided."""
        while isinstance(data, dict) and len(data) == 1 and isinstance(argument := data.get("Fn::If"), list) and len(argument) == 3:
            holds = self._scope.conditions.holds(argument[0], data, self._scope)
            if holds is None:
                break
            index = 1 if holds else 2
            data, place = argument[index], (*place, "Fn::If", index)
        return data, place

    def _written(self, items: list[Any], index: int) -> int | None:
        """The place in the text of the element that has this index after AWS::NoValue elements were dropped."""
        for number, item in enumerate(items):
            value, _ = self._branch(item, ())
            if isinstance(value, dict) and value.get("Ref") == "AWS::NoValue" and len(value) == 1:
                continue
            if index == 0:
                return number
            index -= 1
        return None
