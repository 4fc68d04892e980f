"""Whether a name says that a thing is meant to be public: tags, labels, names of modules, expressions.

Not a predicate itself: `routing` and `azure_network` ask it about subnets and route tables.
"""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Resource

_PUBLIC_MARKS = ["public", "pub", "dmz", "ingress", "edge", "external", "bastion", "nat", "lb", "alb", "nlb", "elb", "公開", "パブリック"]
_PRIVATE_MARKS = ("private", "priv", "internal", "isolated", "intra", "protected", "database")


def is_named_public(context: Context, resource: Resource) -> bool:
    """Whether name, tags, label, or the module's name say public; the first of them that says public or private decides."""
    for words in (_tag_words(resource), _address_words(resource.address)):
        for text in words:
            said = _meaning(context, text)
            if said is not None:
                return said
    return False


def says_public(context: Context, value: Any) -> bool:
    """Whether the expression that names something which is declared elsewhere says public: var.public_subnet_ids."""
    return isinstance(value, Unknown) and _meaning(context, value.expression) is True


def _tag_words(resource: Resource) -> list[str]:
    values = resource.values
    words = [values[name] for name in ("name", "Name") if isinstance(values.get(name), str)]
    tags = values.get("tags", values.get("Tags"))
    if isinstance(tags, Unknown):
        tags = tags.partial
    if isinstance(tags, dict):
        pairs = list(tags.items())
    else:
        pairs = [(tag.get("Key"), tag.get("Value")) for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    pairs.sort(key=lambda pair: str(pair[0]).lower() != "name")
    for key, value in pairs:
        if str(key) in ("kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"):  # how EKS is told where load balancers go
            words.append("public" if key == "kubernetes.io/role/elb" else "private")
        if isinstance(value, Unknown):
            value = value.partial if isinstance(value.partial, str) else value.expression
        if isinstance(value, str):
            words.append(value)
    return words


def _address_words(address: str) -> list[str]:
    """'module.net.aws_subnet.public["a"]' -> ['public["a"]', 'module.net']: the nearest name first."""
    head, _, label = address.rpartition(".") if not address.endswith("]") else _split_index(address)
    return [label, head.rpartition(".")[0]]


def _split_index(address: str) -> tuple[str, str, str]:
    start = address.index("[", address.rfind(".", 0, address.rfind("[")) + 1)
    dot = address.rfind(".", 0, start)
    return address[:dot], ".", address[dot + 1 :]


def _meaning(context: Context, text: str) -> bool | None:
    """True when the text says public, False when it says private, None when it says neither. A word counts, not a part of one."""
    marks = [str(mark).lower() for mark in context.parameters.get("public_subnet_marks", _PUBLIC_MARKS)]
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)]
    if any(word.startswith(_PRIVATE_MARKS) if len(word) > 4 else word in _PRIVATE_MARKS for word in words):
        return False
    for mark in marks:
        if not mark.isascii():
            if mark in text.lower():
                return True
        elif mark in words:
            return True
    return None
