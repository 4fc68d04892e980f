"""Azure Key Vault access policies."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of, negate
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What each kind of permission list holds at its widest; later additions (Rotate, Release …) do not make it narrower.
_KEYS = _words("backup create decrypt delete encrypt get import list purge recover restore sign unwrapkey update verify wrapkey")
_SECRETS = _words("backup delete get list purge recover restore set")
_CERTIFICATES = _words(
    "backup create delete deleteissuers get getissuers import list listissuers managecontacts manageissuers purge recover restore"
    " setissuers update"
)


@predicate
def policy_least(context: Context, key_permissions: Any, secret_permissions: Any, certificate_permissions: Any) -> Truth:
    """True when none of the three permission lists of an access policy holds every permission there is."""
    lists = ((key_permissions, _KEYS), (secret_permissions, _SECRETS), (certificate_permissions, _CERTIFICATES))
    return all_of(negate(_holds_all(given, everything)) for given, everything in lists)


def _holds_all(given: Any, everything: frozenset[str]) -> Truth:
    if given is ABSENT or given is None:
        return False
    unknown: Unknown | None = None
    if isinstance(given, Unknown):
        unknown = given
        given = given.partial if isinstance(given.partial, list) else []
    held = set()
    for item in given if isinstance(given, list) else [given]:
        if isinstance(item, Unknown):
            unknown = unknown or item
        else:
            held.add(str(item).casefold())
    whole = "all" in held or everything <= held
    return any_of((whole, unknown if unknown is not None else False))


WORDS_FALSE = {
    "policy_least": Text("the access policy holds every permission of its kind", "アクセスポリシーがその種別のすべての権限を含んでいます"),
}
