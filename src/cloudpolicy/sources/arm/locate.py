"""From the path of a value back to the text: which keys and list elements of the template it was read from."""

from __future__ import annotations

from cloudpolicy.sources.arm.nodes import Expression, For, If, resolve, truth
from cloudpolicy.sources.arm.values import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Span
    from cloudpolicy.sources.arm.scope import Scope
    from cloudpolicy.sources.cloudformation.text import Document


class Locator:
    """Locates attributes of one resource; `place` is where its mapping stands in the document, `body` that mapping as data.

    A mapping or list of a Bicep text carries the places of its own entries (`spans`); those of a JSON text are found by their path.
    """

    __slots__ = ("_body", "_place", "_scope")

    def __init__(self, scope: Scope, place: Path, body: dict[str, Any]) -> None:
        self._scope = scope
        self._place = place
        self._body = body

    def home(self) -> tuple[Document, Path]:
        """The text that declares the resource, and where in it its mapping stands (("resource", symbol) in Bicep)."""
        return self._scope.module.template.document, self._place

    def __call__(self, path: Path) -> Span | None:
        """The span of exactly the attribute at `path` (a path in Resource.values), or None when it is not written."""
        data: Any = self._body
        place: Path | None = self._place
        within: Path | None = None  # for the elements of a JSON loop
        offsets: tuple[int, int] | None = None
        for step in path:
            if isinstance(data, (Expression, If, For)):
                data = self._decided(data)
            if isinstance(data, For):
                if not isinstance(step, int):
                    return None
                offsets = getattr(data.body, "span", None) or offsets
                data, place = data.body, within if within is not None else place
                continue
            written: Any = step
            if isinstance(data, dict) and isinstance(step, str):
                written = data.written(step) if isinstance(data, Fields) else Fields(data).written(step)
                if written is None:
                    return None
            elif not (isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)):
                return None
            spans = getattr(data, "spans", None)
            data = data[written]
            if spans is not None:
                offsets, place, within = spans[written], None, None
            elif place is not None:
                within = None
                if isinstance(data, For) and data.steps:
                    place, within = (*place, *data.steps[:-1]), (*place, *data.steps)
                else:
                    place = (*place, written)
        document: Any = self._scope.module.template.document
        if place is None:
            return document.span_at(*offsets) if offsets is not None else None
        return document.span(place)  # type: ignore[no-any-return]

    def _decided(self, data: Any) -> Any:
        """Through every conditional that is decided."""
        while isinstance(data, If):
            with self._scope.module.quiet():
                holds = truth(resolve(data.condition, self._scope))
            if holds is None:
                break
            data = data.yes if holds else data.no
        return data
