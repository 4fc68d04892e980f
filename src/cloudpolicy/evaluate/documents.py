"""IAM policy documents as one parsed model: statements with effects, principals, actions, resources and conditions.

A document comes as JSON text, as a structure (CloudFormation), or as an Unknown that knows its structure or part of its text. What cannot
be read stays in the model as an Unknown: a statement, an item of a list, a condition. Nothing of it is ever left out.
"""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import choose
from cloudpolicy.model import ABSENT, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.model import Path

    Item = str | Unknown

BROKEN = "invalid-expression"
_MARK = "\ue000"  # a private character that no policy holds: stands for an unknown part while the text is parsed
# IAM's own variables, ${aws:username}; Terraform and CloudFormation never write a name in lower case with one colon inside ${…}.
_POLICY_VARIABLE = re.compile(r"\$\{[a-z][a-z0-9.-]*:[^:}]+\}")
_POLICY_NAME = r"[\w+=,.@:/-]+\Z"


_EXPRESSION_KEY = r"(?s)\A\$\{\"(.*)\"\}\Z"


class Condition:
    """One key of a statement's Condition block: operator and key in lower case, its values; key "" when it is not known."""

    __slots__ = ("key", "operator", "values")

    def __init__(self, operator: str, key: str, values: list[Item]) -> None:
        self.operator = operator
        self.key = key
        self.values = values


class Statement:
    """One statement. Lists are None where the statement does not write them; their items are text or Unknown.

    effect        "allow", "deny" or an Unknown
    principals    (kind, identifier) with kind "AWS", "Service", "Federated" …; "*" for a bare star; "" when it is not known
    conditions    all of them must hold; `doubt` is the Unknown of a Condition block that could not be read whole
    maybe         the Unknown that decides whether the statement is there at all; None when it is
    path, source  from the document: ("Statement", 2); and the statement as written
    """

    __slots__ = (
        "actions",
        "conditions",
        "doubt",
        "effect",
        "maybe",
        "not_actions",
        "not_principals",
        "not_resources",
        "path",
        "principals",
        "resources",
        "source",
    )

    def __init__(self, source: dict[str, Any], path: Path, maybe: Unknown | None = None) -> None:
        effect = source.get("Effect", "Allow")
        self.effect: Item = effect.casefold() if isinstance(effect, str) else effect if isinstance(effect, Unknown) else Unknown(BROKEN)
        self.actions = _items(source.get("Action"))
        self.not_actions = _items(source.get("NotAction"))
        self.resources = _items(source.get("Resource"))
        self.not_resources = _items(source.get("NotResource"))
        self.principals = _principals(source.get("Principal"))
        self.not_principals = _principals(source.get("NotPrincipal"))
        self.conditions, self.doubt = _conditions(source.get("Condition"))
        self.maybe = maybe
        self.path = path
        self.source = source

    @property
    def conditional(self) -> bool:
        return bool(self.conditions) or self.doubt is not None


class Document:
    """The statements of one policy document, in order; those that cannot be read are Unknowns in `unread`."""

    __slots__ = ("statements", "unread")

    def __init__(self, statements: list[Statement], unread: list[Unknown]) -> None:
        self.statements = statements
        self.unread = unread


class Name:
    """The name or ARN of a managed policy where a document could have stood (SAM, ManagedPolicyArns)."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


EMPTY = Document([], [])


def parse(value: Any, cache: dict[Any, Any] | None = None) -> Document | Name | Unknown:
    """The document of a value without choices. Broken text is an Unknown; nothing written is a document without statements.

    `cache` keeps parsed documents: by text, or by identity together with the value itself, so that an identity is never used again.
    """
    if cache is None:
        return _parse(value)
    slot = ("document", value if isinstance(value, str) else id(value))
    found = cache.get(slot)
    if found is None:
        found = cache[slot] = (_parse(value), value)
    document: Document | Name | Unknown = found[0]
    return document


def _parse(value: Any) -> Document | Name | Unknown:
    try:
        return _read(value)
    except RecursionError:
        return Unknown("unreadable", "nested too deeply")


def _read(value: Any) -> Document | Name | Unknown:
    if value is ABSENT or value is None or value == "":
        return EMPTY
    if isinstance(value, Unknown):
        if isinstance(value.partial, dict):
            return _document(value.partial, value)
        if isinstance(value.partial, str):
            return _partial_text(value.partial, value)
        return value
    if isinstance(value, dict):
        return _document(value, None)
    if isinstance(value, str):
        return _text(value)
    return Unknown(BROKEN)


def _text(text: str) -> Document | Name | Unknown:
    import json

    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError):
        if text.strip() and re.match(_POLICY_NAME, text.strip()):
            return Name(text.strip())
        return Unknown(BROKEN, text[:40])
    return _document(decoded, None) if isinstance(decoded, dict) else Unknown(BROKEN, text[:40])


def _partial_text(text: str, lost: Unknown) -> Document | Name | Unknown:
    """JSON text with ${…} in it, inside strings and outside of them."""
    import json

    shown, holes = _marked(text)
    if not shown.lstrip().startswith("{"):
        name = text.strip()
        return Name(name) if name.startswith("arn:") and not any(char in name for char in '"[') else lost
    try:
        decoded = json.loads(shown)
    except (ValueError, RecursionError):
        return lost
    return _document(_restored(decoded, holes, lost), lost)


def _marked(text: str) -> tuple[str, list[str]]:
    """The text with a mark and a number in the place of each ${…} (IAM's own variables stay), and what stood there."""
    out: list[str] = []
    holes: list[str] = []
    position, quoted = 0, False
    while position < len(text):
        char = text[position]
        if quoted and char == "\\":
            out.append(text[position : position + 2])
            position += 2
            continue
        if char == '"':
            quoted = not quoted
        if text.startswith("${", position) and not (quoted and _POLICY_VARIABLE.match(text, position)):
            end = _closing(text, position + 2)
            mark = f"{_MARK}{len(holes)}{_MARK}"
            holes.append(text[position:end])
            out.append(mark if quoted else f'"{mark}"')
            position = end
            continue
        out.append(char)
        position += 1
    return "".join(out), holes


def _closing(text: str, position: int) -> int:
    """The index behind the brace that closes an interpolation; the expression may hold quotes and braces of its own."""
    depth, quoted = 1, False
    while position < len(text):
        char = text[position]
        if quoted and char == "\\":
            position += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "{}":
            depth += 1 if char == "{" else -1
            if not depth:
                return position + 1
        position += 1
    return position


def _restored(value: Any, holes: list[str], lost: Unknown) -> Any:
    if isinstance(value, str):
        if _MARK not in value:
            return value
        pieces = value.split(_MARK)
        text = "".join(holes[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces))
        alone = len(pieces) == 3 and not pieces[0] and not pieces[2]
        return Unknown(lost.reason, text, lost.references, partial=None if alone else text)
    if isinstance(value, list):
        return [_restored(item, holes, lost) for item in value]
    if isinstance(value, dict):
        return {_key(key, holes): _restored(item, holes, lost) for key, item in value.items()}
    return value


def _key(key: str, holes: list[str]) -> str:
    """A key with a hole keeps it as text: "${…}:sub" still says which claim it is about."""
    if _MARK not in key:
        return key
    return "".join(holes[int(piece)] if index % 2 else piece for index, piece in enumerate(key.split(_MARK)))


def _document(source: dict[str, Any], lost: Unknown | None) -> Document | Unknown:
    written = source.get("Statement", ABSENT)
    statements: list[Statement] = []
    unread: list[Unknown] = []
    if written is ABSENT or written is None:
        # A structure without statements is a document only when it is empty or says so itself.
        if lost is not None:
            return lost
        return EMPTY if not source or "Version" in source or _is_sam_template(source) else Unknown(BROKEN, "Statement")
    if isinstance(written, Unknown) and isinstance(written.partial, list):
        written = known_items(written)
    for index, one in enumerate(written if isinstance(written, list) else [written]):
        path: Path = ("Statement", index) if isinstance(written, list) else ("Statement",)
        _add(one, path, None, statements, unread)
    return Document(statements, unread)


def _is_sam_template(source: dict[str, Any]) -> bool:
    """{S3ReadPolicy: {…}} in a SAM function: a fixed, narrow policy of SAM's own."""
    return len(source) == 1 and next(iter(source)).endswith("Policy")


def _add(one: Any, path: Path, maybe: Unknown | None, statements: list[Statement], unread: list[Unknown]) -> None:
    """A statement of which all or only the presence may be unknown: both branches of a conditional, one that an override may replace."""
    if isinstance(one, dict):
        statements.append(Statement(one, path, maybe))
    elif isinstance(one, Unknown):
        bare = maybe or Unknown(one.reason, one.expression, one.references)
        parts = one.choices if one.choices is not None else one.partial if isinstance(one.partial, list) else None
        if parts is not None:
            for part in parts:
                _add(part, path, bare, statements, unread)
        if isinstance(one.partial, dict) and one.choices is None:
            statements.append(Statement(one.partial, path, bare))
        if one.choices is None:
            unread.append(bare)
    elif isinstance(one, list):
        for part in one:
            _add(part, path, maybe, statements, unread)
    elif one is not None and one is not ABSENT:
        unread.append(Unknown(BROKEN, "Statement"))


def known_items(value: Unknown) -> list[Any]:
    """The items of an unknown list that are known. Sources put an Unknown among them for what is not: without one, it is added here."""
    items: list[Any] = value.partial
    if _holds_unknown(items):
        return items
    return [*items, Unknown(value.reason, value.expression, value.references)]


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_unknown(item) for item in value.values())
    return isinstance(value, Unknown) or (isinstance(value, list) and any(_holds_unknown(item) for item in value))


def _items(source: Any) -> list[Item] | None:
    """A single value or a list as a list; None when it is not written. What is no text is an Unknown."""
    if source is None or source is ABSENT:
        return None
    if isinstance(source, Unknown) and isinstance(source.partial, list):
        return _listed(known_items(source))
    return _listed(source if isinstance(source, list) else [source])


def _listed(source: list[Any]) -> list[Item]:
    items: list[Item] = []
    for one in source:
        if isinstance(one, bool):
            items.append("true" if one else "false")
        elif isinstance(one, (int, float)):
            items.append(str(one))
        elif isinstance(one, Unknown) and isinstance(one.partial, list):
            items.extend(_listed(known_items(one)))
        elif isinstance(one, list):
            items.extend(_listed(one))
        elif isinstance(one, (str, Unknown)):
            items.append(one)
        else:
            items.append(Unknown(BROKEN))
    return items


def _principals(source: Any) -> list[tuple[str, Item]] | None:
    if source is None or source is ABSENT:
        return None
    if isinstance(source, Unknown):
        if isinstance(source.partial, dict):
            return [*(_principals(source.partial) or []), ("", Unknown(source.reason, source.expression, source.references))]
        return [("", source)]
    if isinstance(source, dict):
        return [(kind, item) for kind, items in source.items() for item in _items(items) or []]
    return [("*" if item == "*" else "", item) for item in _listed(source if isinstance(source, list) else [source])]


def _conditions(source: Any) -> tuple[list[Condition], Unknown | None]:
    if source is None or source is ABSENT:
        return [], None
    doubt: Unknown | None = None
    if isinstance(source, Unknown):
        doubt = Unknown(source.reason, source.expression, source.references)
        source = source.partial
    conditions: list[Condition] = []
    for operator, block in source.items() if isinstance(source, dict) else ():
        if isinstance(block, Unknown):
            doubt = doubt or Unknown(block.reason, block.expression, block.references)
            block = block.partial
        for key, values in block.items() if isinstance(block, dict) else ():
            # A key that is an expression is kept as its text: ${"${local.issuer}:sub"} still says which claim it is about.
            name = re.sub(_EXPRESSION_KEY, r"\1", key).casefold()
            conditions.append(Condition(operator.casefold(), name, _items(values) or []))
    return conditions, doubt


def each_document(
    value: Any, judge: Callable[[Document | Name], Truth], cache: dict[Any, Any] | None, combine: Callable[..., Truth]
) -> Truth:
    """`judge` on the document of `value`, on all of a list's, and on every value that an Unknown may take.

    `combine` says what several documents mean together: any_of or all_of.
    """
    if isinstance(value, list):
        return combine(each_document(item, judge, cache, combine) for item in value)
    if isinstance(value, Unknown):
        if value.choices is not None:
            return choose((each_document(choice, judge, cache, combine) for choice in value.choices), value)
        if isinstance(value.partial, list):
            return combine(each_document(item, judge, cache, combine) for item in known_items(value))
    document = parse(value, cache)
    return document if isinstance(document, Unknown) else judge(document)
