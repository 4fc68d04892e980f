"""Judging documents for predicates: through lists, choices and references, with the place of the statement that decides."""

from __future__ import annotations

from cloudpolicy.evaluate.documents import Name, each_document
from cloudpolicy.evaluate.logic import any_of, choose
from cloudpolicy.evaluate.predicates import Located
from cloudpolicy.evaluate.statements import any_statement
from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cloudpolicy.evaluate.documents import Document, Statement
    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path

    StatementTest = Callable[[Document], Callable[[Statement], Truth]]

MANAGED_POLICIES = frozenset({"aws_iam_policy", "AWS::IAM::ManagedPolicy"})


def judge(context: Context, value: Any, make: StatementTest, named: Callable[[str], Truth]) -> Truth | Located:
    """Whether some statement of a document meets the test that `make` gives for it, or a managed policy's name meets `named`."""
    hits: list[Statement] = []

    def test(document: Document | Name) -> Truth:
        if isinstance(document, Name):
            return named(document.text)
        return any_statement(document, make(document), hits)

    truth = _by_reference(context, value, named)
    if truth is None:
        truth = each_document(value, test, context.estate.links, lambda truths: any_of(list(truths)))  # every document is searched
    if truth is True and hits:
        try:
            at = _place(context.resource.values, value, ())
        except RecursionError:
            at = None  # the whole attribute is place enough
        if at is not None:
            first, *more = {(hit.path, id(hit.source)): hit for hit in hits}.values()  # a statement that several choices hold is one
            return Located(True, (*at, *first.path), first.source, also=[((*at, *hit.path), hit.source) for hit in more])
    return truth


def _by_reference(context: Context, value: Any, named: Callable[[str], Truth]) -> Truth | None:
    """The answer for a value that names a managed policy by reference; None when it does not.

    A policy of the same estate is judged where it stands, not again where it is attached.
    """
    if not isinstance(value, Unknown) or value.partial is not None or value.choices is not None or not value.references:
        return None

    def judge_reference(reference: str) -> Truth:
        kind = reference_type(context, reference)
        if kind in MANAGED_POLICIES:
            return False
        found = context.estate.at(reference) if kind == "data.aws_iam_policy" else None
        if found is None:
            return value
        name = found.values.get("arn", found.values.get("name", ABSENT))
        return named(name) if isinstance(name, str) else value

    if not any(reference_type(context, reference) in ("data.aws_iam_policy", *MANAGED_POLICIES) for reference in value.references):
        return None
    return choose((judge_reference(reference) for reference in value.references), value)


def _place(values: Any, wanted: Any, at: Path) -> Path | None:
    """Where in the resource the value stands, found by identity: the finding is put on the statement, not on the whole document."""
    if values is wanted:
        return at
    items: Iterator[tuple[Any, Any]] | None = None
    if isinstance(values, dict):
        items = iter(values.items())
    elif isinstance(values, list):
        items = iter(enumerate(values))
    for key, item in items or ():
        found = _place(item, wanted, (*at, key))
        if found is not None:
            return found
    return None


def reference_type(context: Context, reference: str) -> str:
    """The resource type behind an address; read off the address where the estate lacks it (count = 0, an index left open)."""
    found = context.estate.at(reference)
    if found is not None:
        return found.type
    parts = reference.split("[", 1)[0].split(".") if not reference.startswith("module.") else reference.split(".")
    if len(parts) < 2:
        return ""
    kind = parts[-2]
    return f"data.{kind}" if len(parts) > 2 and parts[-3] == "data" else kind
