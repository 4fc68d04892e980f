"""The sentence of a finding, worded from the entry of the policy that decided it, in both languages."""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import find
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.reasons import REASONS
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.answers import Answer, Leaf
    from cloudpolicy.model import Path, Resource

MASK = "****"

_EXPECTED = {
    "equals": ("expected {0}", "期待値: {0}"),
    "not_equals": ("it must not be {0}", "{0} は許可されません"),
    "in": ("expected one of {0}", "期待値: {0} のいずれか"),
    "not_in": ("it must be none of {0}", "{0} は許可されません"),
    "matches": ("expected to match {0}", "{0} に一致する必要があります"),
    "not_matches": ("it must not match {0}", "{0} に一致してはなりません"),
    "at_least": ("expected at least {0}", "{0} 以上が必要です"),
    "at_most": ("expected at most {0}", "{0} 以下が必要です"),
    "contains": ("it must contain {0}", "{0} を含む必要があります"),
    "not_contains": ("it must not contain {0}", "{0} を含んではなりません"),
    "contains_all": ("it must contain all of {0}", "{0} のすべてを含む必要があります"),
    "contains_any": ("it must contain one of {0}", "{0} のいずれかを含む必要があります"),
}
# The same under `not`.
_REFUSED = {
    "equals": _EXPECTED["not_equals"],
    "in": _EXPECTED["not_in"],
    "matches": _EXPECTED["not_matches"],
    "contains": _EXPECTED["not_contains"],
    "contains_all": ("it must not contain all of {0}", "{0} のすべてを含んではなりません"),
    "contains_any": ("it must contain none of {0}", "{0} のいずれも含んではなりません"),
}


def dotted(path: Path) -> str:
    """("ingress", 0, "cidr_blocks") -> "ingress[0].cidr_blocks"."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def shown(value: Any, limit: int = 80) -> str:
    """A value as short text for people: true, "text", [1, 2], ${var.x}. What is named or shaped like a secret is hidden, whatever the policy."""
    if isinstance(value, Unknown):
        text = value.expression or (value.partial if isinstance(value.partial, str) else "?")
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = MASK if is_credential(value) else f'"{value}"'
    elif isinstance(value, list):
        text = "[" + ", ".join(shown(item) for item in value[:12]) + (", …]" if len(value) > 12 else "]")
    elif isinstance(value, dict):
        pair = next((value[key] for key in ("name", "Name") if isinstance(value.get(key), str)), "")  # {name: "TOKEN", value: "…"}
        items = [f"{key}: {_under(pair if key in ('value', 'Value') else str(key), item)}" for key, item in list(value.items())[:6]]
        text = "{" + ", ".join(items) + (", …}" if len(value) > 6 else "}")
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def canonical(value: Any) -> str:
    """As `shown`, whole and in an order of its own: the same text however the keys and elements of the value are ordered."""
    if isinstance(value, dict):
        pair = next((value[key] for key in ("name", "Name") if isinstance(value.get(key), str)), "")
        items = [f"{key}: {_canonical_under(pair if key in ('value', 'Value') else str(key), item)}" for key, item in value.items()]
        return "{" + ", ".join(sorted(items)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(sorted(map(canonical, value))) + "]"
    return shown(value, 1000)


def _canonical_under(name: str, value: Any) -> str:
    return MASK if is_secret_name(name) and isinstance(value, (str, list)) else canonical(value)


def _under(name: str, value: Any) -> str:
    """The value stored under `name`, hidden where that is a secret's name: findings are mailed and kept in build logs."""
    return MASK if isinstance(value, (str, list)) and is_secret_name(name) else shown(value, 20)


def is_secret_name(name: str) -> bool:
    """Whether what is stored under `name` is hidden, whatever the policy."""
    from cloudpolicy.evaluate.predicates.secret_marks import NONE, name_class

    return name_class(name) != NONE


def is_credential(text: str) -> bool:
    """Whether a credential, or the id of one, stands in `text`."""
    if len(text) < 16:
        return False
    from cloudpolicy.evaluate.predicates.secret_marks import holds_key_id, holds_token

    return holds_key_id(text) or holds_token(text)


def sentence(answer: Answer, resource: Resource, mask: bool = False) -> Text:
    """What is wrong, or unknown and what would settle it: one sentence that names the resource and the value seen."""
    clause = _unknown(answer, mask) if isinstance(answer.truth, Unknown) else _fact(answer, mask)
    if answer.resource is not None and answer.resource is not resource:
        clause = Text(f"linked {answer.resource.address}: {clause.en}", f"紐づく {answer.resource.address}: {clause.ja}")
    return Text(f"{resource.address}: {clause.en}", f"{resource.address}: {clause.ja}")


def _name(answer: Answer) -> str:
    path = dotted(answer.path) or answer.leaf.name
    return f"`{path}`" if path else ""


def _unknown(answer: Answer, mask: bool) -> Text:
    assert isinstance(answer.truth, Unknown)
    why, settle = REASONS.get(answer.truth.reason, REASONS["unsupported-expression"])
    name = _name(answer)
    expression = "" if mask else answer.truth.expression
    subject = (f"{name} cannot be decided", f"{name} は判定できません") if name else ("cannot be decided", "判定できません")
    if answer.seen is ABSENT and name and answer.truth.reason == "provider-default":
        subject = (f"{name} is not set and cannot be decided", f"{name} が設定されておらず、判定できません")
    part = f" ({expression})" if expression else ""
    part_ja = f"（{expression}）" if expression else ""
    return Text(f"{subject[0]}: {why.en}{part}; {settle.en}", f"{subject[1]}: {why.ja}{part_ja}。{settle.ja}")


def _fact(answer: Answer, mask: bool) -> Text:
    leaf, name = answer.leaf, _name(answer)
    words = _predicate_words(leaf, answer.held is True)
    value = MASK if mask else shown(answer.seen)
    if leaf.kind in ("linked", "estate"):
        types = ", ".join(leaf.expected or ())
        if leaf.kind == "estate":
            return Text(f"nothing in the estate grants it (looked for {types})", f"検査対象に {types} の該当設定がありません")
        return Text(f"no {types} is linked to it", f"{types} が紐づいていません")
    if words is not None:
        if answer.seen is not ABSENT and name:
            return Text(f"{name} = {value}: {words.en}", f"{name} = {value}: {words.ja}")
        if answer.path and isinstance(leaf.expected, bool):  # `attribute: {is: …}`, and the attribute is not written
            if leaf.kind in words.en:  # the predicate has no words of its own for this
                return Text(f"{name} is not set", f"{name} が設定されていません")
            return Text(f"{name} is not set: {words.en}", f"{name} が設定されていません: {words.ja}")
        return words
    if answer.seen is ABSENT:
        if leaf.kind in ("each", "some"):
            wanted = ", ".join(f"{path} = {shown(one)}" for path, one in (leaf.expected or {}).items() if path not in ("predicate", "root"))
            if wanted:
                return Text(f"{name} has no element with {wanted}", f"{name} に {wanted} の要素がありません")
            return Text(f"there is no {name}", f"{name} がありません")
        expected = _expected(leaf)
        if expected is None:
            return Text(f"{name} is not set", f"{name} が設定されていません")
        return Text(f"{name} is not set; {expected.en}", f"{name} が設定されていません({expected.ja})")
    if leaf.kind == "absent" and answer.held is False:
        return Text(f"{name} is written ({value}); it must not be", f"{name} が記述されています({value})。記述してはなりません")
    if answer.held is True:
        refused = _expected(leaf, _REFUSED)
        if refused is None:
            return Text(f"{name} is {value}, which is not accepted", f"{name} が {value} です(認められない設定)")
        return Text(f"{name} is {value}; {refused.en}", f"{name} が {value} です({refused.ja})")
    expected = _expected(leaf)
    if expected is None:
        return Text(f"{name} is {value}", f"{name} が {value} です")
    return Text(f"{name} is {value}; {expected.en}", f"{name} が {value} です({expected.ja})")


def _expected(leaf: Leaf, table: dict[str, tuple[str, str]] = _EXPECTED) -> Text | None:
    words = table.get(leaf.kind)
    if words is None:
        return None
    value = shown(leaf.expected)
    return Text(words[0].format(value), words[1].format(value))


def _predicate_words(leaf: Leaf, held: bool) -> Text | None:
    """The predicate's own words: WORDS says what is the case when it is true, WORDS_FALSE when it is false."""
    if "." not in leaf.kind:
        return None
    area, _, function = leaf.kind.partition(".")
    module = __import__(find(leaf.kind).__module__, fromlist=[area])
    table = getattr(module, "WORDS" if held else "WORDS_FALSE", {})
    words: Text | None = table.get(function)
    if words is None:
        verb, verb_ja = ("holds", "に該当します") if held else ("does not hold", "に該当しません")
        return Text(f"{leaf.kind} {verb}", f"{leaf.kind} {verb_ja}")
    return words
