"""What base.key and base[key] are, when either of them may be unknown."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.arm.handles import Handle, Library
from cloudpolicy.sources.arm.nodes import Bad
from cloudpolicy.sources.arm.values import CHOICE_LIMIT, Unresolved, choose, identity, references, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.arm.nodes import Member
    from cloudpolicy.sources.arm.scope import Scope


def member(base: Any, key: Any, node: Member, scope: Scope) -> Any:
    """base[key]; raises Bad where the deployment would."""
    if isinstance(base, (Handle, Library)):
        return base.member(key, node, scope)
    if isinstance(base, Unknown):
        if base.choices and not isinstance(key, Unknown) and len(base.choices) <= CHOICE_LIMIT:
            inner = [_optional(choice, key, node, scope) for choice in base.choices]
            return choose(base.reason, node.text, inner)
        if isinstance(base.partial, (dict, list)) and not isinstance(key, Unknown):
            found = _optional(base.partial, key, node, scope)
            if found is not None and isinstance(base.partial, dict):
                return found
        shown = f"{identity(base)[2:-1]}.{key}" if identity(base).startswith("${") and isinstance(key, (str, int)) else node.text
        return Unresolved(base.reason, node.text, base.references, None, None, f"${{{shown}}}")
    if isinstance(key, Unknown):
        if isinstance(base, (dict, list)) and base:
            if key.choices:
                return choose(key.reason, node.text, [_optional(base, choice, node, scope) for choice in key.choices])
            inside = list(base.values()) if isinstance(base, dict) else base
            if len(inside) <= CHOICE_LIMIT:
                return choose(key.reason, node.text, inside)
        return Unresolved(key.reason, node.text, references([base, key]))
    if base is None and node.safe:
        return None
    if isinstance(base, dict) and isinstance(key, str):
        if key in base:
            return base[key]
        if node.safe:
            return None
        raise Bad(f"there is no property “{key}”", f"プロパティ「{key}」がありません")
    if isinstance(base, list) and isinstance(key, int) and not isinstance(key, bool):
        if -len(base) <= key < len(base):
            return base[key]
        if node.safe:
            return None
        raise Bad(f"there is no element {key}", f"要素 {key} がありません")
    if node.safe:
        return None
    raise Bad(f"“{shorten(str(key))}” cannot be taken of this value", f"この値から「{shorten(str(key))}」は取り出せません")


def _optional(base: Any, key: Any, node: Member, scope: Scope) -> Any:
    if base is None or base is ABSENT:
        return None
    try:
        return member(base, key, node, scope)
    except Bad:
        return None
