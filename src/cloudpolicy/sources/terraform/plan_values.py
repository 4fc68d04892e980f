"""The values of one planned resource: `after` and `after_unknown` laid over each other, with the configuration as witness.

A plan marks every attribute that the provider computes as unknown. Only those that somebody wrote are Unknown to a policy; the others
are absent, as they are in the source.
"""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform.plan_references import Configuration, Place, first_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNWRITTEN: Any = object()  # the configuration does not have it
UNSEEN: Any = object()  # the configuration cannot tell: blocks that a dynamic block made do not stand in it
_EXPRESSION = frozenset(("constant_value", "references"))


class Builder:
    """Makes values; knows the policy documents that are only read at apply, so that their known parts are not lost."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._dynamic: frozenset[str] = frozenset()
        self.documents: dict[str, Any] = {}  # address of a policy document's data source -> its JSON

    def values(
        self, after: dict[str, Any], unknown: Any, sensitive: Any, written: Any, place: Place | None, dynamic: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """written: the `expressions` of the resource's configuration, or UNSEEN when the plan does not have it.

        dynamic: names of its blocks that a `dynamic` block makes; an unknown one of these is not just computed.
        """
        self._dynamic = dynamic
        result = self._value(after, unknown if isinstance(unknown, dict) else {}, sensitive, written, place, True)
        return result if isinstance(result, dict) else {}

    def _value(self, after: Any, unknown: Any, sensitive: Any, written: Any, place: Place | None, top: bool = False) -> Any:
        if unknown is True:
            return ABSENT if written is UNWRITTEN else self._unknown(written, sensitive, place)
        if isinstance(after, dict) or (after is None and isinstance(unknown, dict) and unknown):
            return self._members(after or {}, _dict(unknown), _dict(sensitive), written, place, top)
        if isinstance(after, list) or (after is None and isinstance(unknown, list) and unknown):
            return self._elements(after or [], unknown if isinstance(unknown, list) else [], sensitive, written, place)
        return ABSENT if after is None else after

    def _members(
        self, after: dict[str, Any], unknown: dict[str, Any], sensitive: dict[str, Any], written: Any, place: Place | None, top: bool
    ) -> Any:
        result = {}
        for name in [*after, *(name for name in unknown if name not in after)]:
            inner = _inside(written, name, top)
            if inner is UNWRITTEN and name in self._dynamic:
                inner = UNSEEN
            value = self._value(after.get(name), unknown.get(name), sensitive.get(name), inner, place)
            if value is not ABSENT:
                # a collection's sensitivity is a list or mapping, and its names are plurals: it holds all that it names
                several = name.endswith("s") or isinstance(sensitive.get(name), (list, dict))
                result[name] = value if several or not isinstance(value, Unknown) else _one_of(value)
        return result if result or top or _is_expression(written) else ABSENT

    def _elements(self, after: list[Any], unknown: list[Any], sensitive: Any, written: Any, place: Place | None) -> Any:
        result = []
        marks = sensitive if isinstance(sensitive, list) else []
        for index in range(max(len(after), len(unknown))):
            item = after[index] if index < len(after) else None
            inner = UNSEEN if written is UNWRITTEN else written
            if isinstance(written, list):
                inner = _matching(written, _dict(item))
            # an element of a collection may be any of the instances that the whole expression names
            value = self._value(
                item,
                unknown[index] if index < len(unknown) else None,
                marks[index] if index < len(marks) and isinstance(marks[index], (list, dict)) else [],
                inner,
                place,
            )
            if value is ABSENT:
                value = {} if isinstance(item, dict) else None
            result.append(value)
        return result if result or _is_expression(written) else ABSENT

    def _unknown(self, written: Any, sensitive: Any, place: Place | None) -> Unknown:
        references = _references(written)
        if place is None or not references:
            return Unknown("known-after-apply", first_reference(references))
        found = self._configuration.addresses(references, place, isinstance(sensitive, (list, dict)))
        document = self._document(references, place)
        if document is not None:
            # what the document is made of counts, as in the source, not the data source that puts it together
            return Unknown(document.reason, first_reference(references), document.references, document.partial, document.choices)
        return Unknown("known-after-apply", first_reference(references), found)

    def _document(self, references: Any, place: Place) -> Unknown | None:
        """The policy document, when the value is just its JSON."""
        origin = self._configuration.origin(references, place)
        if origin is None or not origin[0].endswith((".json", ".minified_json")):
            return None
        sources = self._configuration.addresses([origin[0]], origin[1], False)
        document = self.documents.get(sources[0]) if len(sources) == 1 else None
        return document if isinstance(document, Unknown) else None


def _one_of(value: Unknown) -> Unknown:
    """A single value made from several resources of one type is one of them: the plan names both branches of a conditional."""
    types = {address.rpartition(".")[0].rpartition(".")[2] for address in value.references}
    if len(value.references) < 2 or len(types) != 1 or value.choices is not None or value.partial is not None:
        return value
    choices = tuple(Unknown(value.reason, address, (address,)) for address in value.references)
    return Unknown(value.reason, value.expression, value.references, None, choices)


def _inside(written: Any, name: str, top: bool) -> Any:
    if written is UNSEEN or written is UNWRITTEN:
        return UNSEEN
    if not top and _is_expression(written):
        return written
    return written.get(name, UNWRITTEN) if isinstance(written, dict) else UNSEEN


def _is_expression(written: Any) -> bool:
    return isinstance(written, dict) and written.keys() <= _EXPRESSION


def _references(written: Any) -> list[str]:
    """All references below; of a block that is unknown as a whole, those of its attributes."""
    if isinstance(written, dict):
        if _is_expression(written):
            listed = written.get("references")
            return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        return [one for inner in written.values() for one in _references(inner)]
    if isinstance(written, list):
        return [one for inner in written for one in _references(inner)]
    return []


def _matching(blocks: list[Any], item: dict[str, Any]) -> Any:
    """The written block that an element comes from. Sets are sorted in a plan, so constants tell, not the order."""
    fitting = [block for block in blocks if isinstance(block, dict) and _fits(block, item)]
    if not fitting:
        return UNSEEN
    merged: dict[str, Any] = dict(fitting[0])
    for block in fitting[1:]:
        for name, inner in block.items():
            known = merged.get(name, inner)
            if known == inner:
                merged[name] = inner
            elif isinstance(known, list) and isinstance(inner, list):
                merged[name] = [*known, *inner]
            else:
                merged[name] = {}  # written in both, but it cannot be told whose references count
    # a block of which nothing tells that it is not an expression
    return merged


def _fits(block: dict[str, Any], item: dict[str, Any]) -> bool:
    for name, inner in block.items():
        if _is_expression(inner) and inner.get("constant_value") is not None and item.get(name) is not None:
            constant, planned = inner["constant_value"], item[name]
            if not isinstance(constant, (dict, list)) and str(constant).lower() != str(planned).lower():
                return False
            if isinstance(constant, list) and isinstance(planned, list) and len(constant) != len(planned):
                return False
    return True


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
