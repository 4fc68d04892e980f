"""TLS settings that stand in lists of names and values."""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

_OLD = frozenset({"protocol-sslv2", "protocol-sslv3", "protocol-tlsv1", "protocol-tlsv1.1"})
_MODERN = ("elbsecuritypolicy-tls-1-2-", "elbsecuritypolicy-tls13-1-2", "elbsecuritypolicy-fs-1-2-")


@predicate
def modern_classic_policy(context: Context, attributes: Any = ABSENT) -> Truth:
    """True when the attributes of a Classic Load Balancer's policy take TLS 1.2 and nothing older.

    attributes  a list of {name, value} (Terraform) or {Name, Value} (CloudFormation); other attributes (ciphers) do not count
    """
    doubt: Unknown | None = None
    modern = False
    if isinstance(attributes, Unknown):
        if not isinstance(attributes.partial, list):
            return attributes
        attributes = attributes.partial
    for item in attributes if isinstance(attributes, list) else ():
        name, value = _pair(item)
        unresolved = next((part for part in (item, name, value) if isinstance(part, Unknown)), None)
        if unresolved is not None:
            if isinstance(name, Unknown) or str(name).casefold() in _OLD | {"protocol-tlsv1.2", "reference-security-policy"}:
                doubt = doubt or unresolved
            continue
        name, value = str(name).casefold(), str(value).casefold()
        if name == "reference-security-policy":
            if not value.startswith(_MODERN):
                return False
            modern = True
        elif value == "true" and name in _OLD:
            return False
        elif value == "true" and name == "protocol-tlsv1.2":
            modern = True
    return doubt if doubt is not None else modern


def _pair(item: Any) -> tuple[Any, Any]:
    if isinstance(item, Unknown):
        return item, item
    if not isinstance(item, dict):
        return "", ""
    return item.get("name", item.get("Name", "")), item.get("value", item.get("Value", ""))


# What is the case when a predicate holds, and when it does not.
WORDS = {"modern_classic_policy": Text("takes TLS 1.2 and nothing older", "TLS 1.2以上のみを受け付けます")}
WORDS_FALSE = {"modern_classic_policy": Text("does not hold clients to TLS 1.2", "TLS 1.2以上に限定していません")}
