"""Azure Key Vault: access policies, and ids of keys."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import all_of, any_of, choose, negate
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


# ids of a key: https://vault.vault.azure.net/keys/name/0123…, and what Terraform calls that of one version and that of none
_VERSION = re.compile(r"/keys/[^/]+/[^/]+")
_OF_KEY = re.compile(r"\bazurerm_key_vault_key\..*\.(id|versionless_id)\Z")


@predicate
def is_versionless(context: Context, value: Any) -> Truth:
    """True when the id of a key names none of its versions, so that what uses it follows a rotation."""
    return _is_versionless(value)


def _is_versionless(value: Any) -> Truth:
    if not isinstance(value, Unknown):
        return _VERSION.search(str(value)) is None
    if value.choices is not None:
        return choose((_is_versionless(choice) for choice in value.choices), value)
    named = _OF_KEY.search(value.expression)
    return named[1] == "versionless_id" if named else value


WORDS_FALSE = {
    "is_versionless": Text("names one version of the key, and stays with it", "鍵の特定のバージョンを指しており、更新に追従しません"),
    "policy_least": Text("the access policy holds every permission of its kind", "アクセスポリシーがその種別のすべての権限を含んでいます"),
}
