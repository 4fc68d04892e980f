"""Secrets written out in a template: a walk over every literal of a resource.

Only what stands in the text counts. An unresolved value is no literal, so it never makes a secret; the known parts of it are looked at.
"""

from __future__ import annotations

from cloudpolicy.evaluate.predicates import Located, predicate
from cloudpolicy.evaluate.predicates.secret_marks import (
    KEY,
    NONE,
    PASSWORD,
    assigns_secret,
    holds_token,
    is_initial,
    is_literal_secret,
    name_class,
    suspect,
)
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Path

# Attributes that hold a secret by what the resource is, whatever they are called: a literal there is one, unless it is an obvious initial value.
_STORES: dict[str, tuple[str, ...]] = {
    "aws_secretsmanager_secret_version": ("secret_string", "secret_binary", "secret_string_wo"),
    "aws_kms_ciphertext": ("plaintext",),
    "aws_kms_external_key": ("key_material_base64",),
    "aws_kms_replica_external_key": ("key_material_base64",),
    "aws_api_gateway_api_key": ("value",),
    "azurerm_key_vault_secret": ("value", "value_wo"),
    "AWS::SecretsManager::Secret": ("SecretString",),
    "AWS::ApiGateway::ApiKey": ("Value",),
}
# name beside value: {"name": "DB_PASSWORD", "value": …} in containers, build environments, parameters
_PAIRS = (
    ("name", "value"),
    ("Name", "Value"),
    ("key", "value"),
    ("Key", "Value"),
    ("parameter_name", "parameter_value"),
    ("OptionName", "Value"),
)
_REFERENCE_TYPES = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})  # CodeBuild: the value is the name of a secret
_TAGS = frozenset({"tags", "Tags", "tags_all", "TagSpecifications", "tag_specifications", "labels"})
_ENCODED = frozenset({"user_data", "user_data_base64", "custom_data", "UserData", "CustomData"})
_PLACES = 50  # of one resource that are told apart
_MARKED_SECRET = ("is_value_secret", "IsValueSecret", "secret", "encrypted")


@predicate
def absent_everywhere(context: Context) -> Located:
    """True when no attribute of the resource holds a secret in plain text; otherwise the places of all that do."""
    values = context.resource.values
    path = _first(context, values)
    if path is None:
        return Located(True)
    more: list[tuple[Path, Any]] = []
    while len(more) < _PLACES:
        values = _blanked(values, more[-1][0] if more else path)
        further = _first(context, values)
        if further is None:
            break
        more.append((further, None))
    return Located(False, path, also=more)


@predicate
def in_script(context: Context, value: Any) -> bool:
    """True when a start-up script, in plain text or in Base64, holds a secret; only what stands in the text counts."""
    return _search({"user_data": value}, NONE, True) is not None


@predicate
def from_store(context: Context, value: Any) -> Truth:
    """True when `value` is read from Secrets Manager or a secure parameter at deployment."""
    if isinstance(value, Unknown):
        return value.reason == "dynamic-reference" or (value if value.reason != "parameter-without-value" else False)
    return isinstance(value, str) and value.startswith(("{{resolve:secretsmanager:", "{{resolve:ssm-secure:"))


@predicate
def handed_over(context: Context, value: Any) -> bool:
    """True when a password is given at all, known or not."""
    return value is not ABSENT


@predicate
def kept_in_the_open(context: Context, name: Any, value: Any) -> bool:
    """True when a parameter of this name is a password, token or key whose value comes from elsewhere in the estate."""
    if not isinstance(name, str) or name_class(name) not in (PASSWORD, KEY) or not isinstance(value, Unknown):
        return False
    return not value.expression.endswith((".arn", ".id", ".name", "_arn", "_name", "_id", ".endpoint"))


def _first(context: Context, values: dict[str, Any]) -> Path | None:
    path = _of_resource(context.resource.type, values)
    outside = context.estate.outside
    if path is not None and outside:
        path = _of_resource(context.resource.type, _without(values, outside))
    leaked = context.estate.notes.get("no_echo_defaults")
    if path is None and leaked:
        names = [name.rsplit("/", 1)[-1] for name, _ in leaked]
        spelled = ("!Ref {}",) if context.estate.format == "cloudformation" else ("{}", "parameters('{}')", "[parameters('{}')]")
        path = _fed_by(values, {form.format(name) for name in names for form in spelled})
    return path


def _blanked(value: Any, path: Path) -> Any:
    """A copy in which nothing stands at `path`."""
    if not path or not isinstance(value, (dict, list)):
        return None
    copy: Any = value.copy()
    copy[path[0]] = _blanked(copy[path[0]], path[1:])
    return copy


def _of_resource(type: str, values: dict[str, Any]) -> Path | None:
    stores = _STORES.get(type, ())
    if type == "aws_ssm_parameter" and values.get("type") == "SecureString":
        stores = ("value", "value_wo")
    for name in stores:
        if name in values and _stored(values[name]):
            return (name,)
    if stores:
        values = {name: value for name, value in values.items() if name not in stores}
    named = not type.endswith(("_parameter_group", "ParameterGroup", "_password_policy"))
    return _in_mapping(values, NONE, named)


def _without(value: Any, outside: Iterable[str]) -> Any:
    """The value with what was handed in from outside (a plan shows it like a literal) made unknown again."""
    if isinstance(value, str):
        known = value
        for text in outside:
            if value == text or (len(value) > 5 and value in text):
                return Unknown("variable-without-value")
            if len(text) > 5:
                known = known.replace(text, "${…}")
        return value if known == value else Unknown("variable-without-value", "", (), known)
    if isinstance(value, dict):
        return {key: _without(item, outside) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, outside) for item in value]
    return value


def _fed_by(value: Any, expressions: set[str]) -> Path | None:
    """The path of the first value that is a hidden parameter (NoEcho hides it from the console, not its Default from the text)."""
    if isinstance(value, Unknown):
        return () if value.expression in expressions else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found = _fed_by(item, expressions)
        if found is not None:
            return (key, *found)
    return None


def _stored(value: Any) -> bool:
    """Whether the content of a secret store is written out."""
    if isinstance(value, Unknown):
        if value.choices is not None:
            return any(_stored(choice) for choice in value.choices)
        return value.partial is not None and _search(value.partial, NONE, True) is not None
    if not isinstance(value, str) or is_initial(value):
        return False
    document = _document(value)
    if document is not None:
        return _secret_in_document(document)
    return is_literal_secret(value, KEY)


def _secret_in_document(document: Any) -> bool:
    """{"username": "admin", "password": "…"}: only values whose names tell, and not what stands there until it is set."""
    if isinstance(document, dict):
        for name, value in document.items():
            kind = name_class(str(name))
            if isinstance(value, str) and kind and is_literal_secret(value, kind) and not is_initial(value):
                return True
            if _secret_in_document(value):
                return True
    elif isinstance(document, list):
        return any(_secret_in_document(item) for item in document)
    elif isinstance(document, str):
        return holds_token(document)
    return False


def _search(value: Any, kind: int, named: bool) -> Path | None:
    """The path, from here, of the first secret in `value`; None when there is none.

    kind    class of the name that leads here
    named   False where names tell nothing (tags)
    """
    if isinstance(value, str):
        if kind and named and is_literal_secret(value, kind):
            return ()
        return () if len(value) > 15 and _in_text(value) else None
    if isinstance(value, dict):
        return _in_mapping(value, kind, named)
    if isinstance(value, list):
        for position, item in enumerate(value):
            found = _search(item, kind, named)
            if found is not None:
                return (position, *found)
        return None
    if isinstance(value, Unknown):
        return _in_unknown(value, kind, named)
    if kind == PASSWORD and named and isinstance(value, int) and not isinstance(value, bool) and value > 999:
        return ()  # an unquoted numeric password
    return None


def _in_mapping(values: dict[Any, Any], kind: int, named: bool) -> Path | None:
    pair, pair_kind = _pair(values, kind) if named else (None, NONE)
    for name, value in values.items():
        if value is None or value is True or value is False or value == "":
            continue
        if name in _TAGS:
            found = _search(value, NONE, False)
        elif name == pair:
            found = _search(value, pair_kind, named)
        elif name in _ENCODED and isinstance(value, str):
            found = () if _in_text(_decoded(value)) else None
        else:
            found = _search(value, name_class(name) if isinstance(name, str) else NONE, named)
        if found is not None:
            return (name, *found)
    return None


def _pair(values: dict[Any, Any], kind: int) -> tuple[str | None, int]:
    """For {"name": n, "value": v}: the key of the value and the class that the name (or the block's own name) gives it."""
    for name, value in _PAIRS:
        if value not in values or (name not in values and not kind):
            continue
        if str(values.get("type", values.get("Type"))).upper() in _REFERENCE_TYPES:
            return value, NONE
        if any(values.get(mark) is True for mark in _MARKED_SECRET):
            return value, KEY
        title = values.get(name)
        return value, (name_class(title) if isinstance(title, str) else NONE) or (KEY if kind else NONE)
    return None, NONE


def _in_unknown(value: Unknown, kind: int, named: bool) -> Path | None:
    if value.choices is not None:
        for choice in value.choices:
            if _search(choice, kind, named) is not None:
                return ()
        return None
    if value.partial is None:
        return None
    if isinstance(value.partial, str):
        return () if _in_text(value.partial) else None  # only shapes: a name with a half-known value proves nothing
    return () if _search(value.partial, NONE, named) is not None else None


def _in_text(text: str) -> bool:
    if holds_token(text):
        return True
    if len(text) < 20 or not suspect(text):
        return False
    document = _document(text)
    if document is not None:
        return _search(document, NONE, True) is not None
    return assigns_secret(text)


def _document(text: str) -> Any:
    """What a JSON text holds; None when it is none."""
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return None
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _decoded(text: str) -> str:
    """Start-up scripts stand in Base64 as often as in plain text."""
    if len(text) < 24 or " " in text.strip() or "\n" in text.strip():
        return text
    import base64

    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return text


# What is the case when a predicate holds, and when it does not.
WORDS = {
    "absent_everywhere": Text("holds no secret in plain text", "平文の秘密情報を含みません"),
    "in_script": Text("holds a secret in plain text", "平文の秘密情報を含んでいます"),
    "from_store": Text("is read from a secret store", "シークレットの保管サービスから読み取られます"),
    "handed_over": Text("a password is handed over", "パスワードが渡されています"),
    "kept_in_the_open": Text("is a password, token or key", "パスワード、トークン又は鍵です"),
}
WORDS_FALSE = {
    "absent_everywhere": Text("holds a secret in plain text", "平文の秘密情報を含んでいます"),
    "in_script": Text("holds no secret in plain text", "平文の秘密情報を含みません"),
    "from_store": Text("is not read from a secret store", "シークレットの保管サービスから読み取られていません"),
    "handed_over": Text("no password is handed over", "パスワードは渡されていません"),
    "kept_in_the_open": Text("is no password, token or key", "パスワード、トークン又は鍵ではありません"),
}
