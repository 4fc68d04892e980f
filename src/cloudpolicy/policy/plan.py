"""What a report says of the policies that were run: their texts, the parameters in force, the pack's digest. Plain enough to be kept."""

from __future__ import annotations

from cloudpolicy.findings import PolicyText
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cloudpolicy.model import Diagnostic


class Plan:
    """The outcome of a choice of policies.

    selected     ids, in order
    digest       of the pack
    parameters   policy -> name -> value in force, for policies that have any
    changed      "CP_X.name" of those that differ from the default
    texts        gives id -> PolicyText; a report without findings needs none
    diagnostics  policy documents that could not be taken
    """

    __slots__ = ("changed", "diagnostics", "digest", "parameters", "selected", "texts")

    def __init__(
        self,
        selected: list[str],
        digest: str,
        parameters: dict[str, dict[str, Any]],
        changed: list[str],
        texts: Callable[[], dict[str, PolicyText]],
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        self.selected = selected
        self.digest = digest
        self.parameters = parameters
        self.changed = changed
        self.texts = texts
        self.diagnostics = diagnostics

    def plain(self) -> list[Any]:
        """As JSON values, without the texts. Diagnostics are left out: a plan with any is not to be kept."""
        return [self.selected, self.digest, self.parameters, self.changed]

    @classmethod
    def of(cls, kept: Any, texts: Callable[[list[str]], dict[str, PolicyText]]) -> Plan:
        """The plan that `plain` made this of; raises ValueError or TypeError when it is anything else."""
        selected, digest, parameters, changed = kept
        if type(parameters) is not dict or not all(type(each) is str for each in (digest, *selected, *changed)):
            raise ValueError("plan")
        return cls(selected, digest, parameters, changed, lambda: texts(selected))


def plain_texts(texts: dict[str, PolicyText]) -> list[Any]:
    """Texts as JSON values, in their order."""
    return [
        [
            one.slug,
            one.severity,
            one.confidence,
            list(one.clauses),
            *(word for text in (one.title, one.rationale, one.remedy) for word in (text.en, text.ja)),
        ]
        for one in texts.values()
    ]


def texts_of(kept: Any, selected: list[str]) -> dict[str, PolicyText]:
    """The texts that `plain_texts` made this of; raises ValueError or TypeError when it is anything else."""
    texts = {}
    for id, (slug, severity, confidence, clauses, *words) in zip(selected, kept, strict=True):
        if len(words) != 6 or not all(type(each) is str for each in (slug, severity, confidence, *clauses, *words)):
            raise ValueError("text")
        title, rationale, remedy = Text(*words[:2]), Text(*words[2:4]), Text(*words[4:])
        texts[id] = PolicyText(id, slug, severity, confidence, title, rationale, remedy, clauses)
    return texts
