"""The JSON text that data.aws_iam_policy_document gives, made from its evaluated attributes."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.types import joined, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_VERSION = "2012-10-17"
_OPTIONAL = (("Action", "actions"), ("NotAction", "not_actions"), ("Resource", "resources"), ("NotResource", "not_resources"))
_MEMBERS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")


class _Malformed(Exception):
    pass


def iam_policy_document(values: dict[str, Any]) -> str | Unknown:
    """The document as JSON text, or an Unknown whose `partial` is the document as a dict with Unknown leaves.

    values: the data source's attributes, nested blocks as lists of dicts. Where the number of statements is not known, `Statement`
    holds those that are known and an Unknown for the rest, so that it cannot be taken for complete.
    """
    try:
        document = _document(values)
    except (_Malformed, TypeError, ValueError, AttributeError, KeyError, RecursionError):
        return Unknown("invalid-expression", "aws_iam_policy_document", _references(values))
    lost = unknowns(document)
    if lost:
        return joined(lost, partial=document)
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False)
    for char in "<>&\u2028\u2029":  # as Go's encoder escapes them
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _references(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in unknowns(values) for name in one.references))


def _document(values: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = {"Version": values.get("version") or _VERSION}
    if values.get("policy_id"):
        own["Id"] = values["policy_id"]
    statements = [_statement(one, own["Version"]) for one in _blocks(values.get("statement"))]
    if statements:
        own["Statement"] = statements
    result: dict[str, Any] = {}
    for source in [*_texts(values.get("source_json")), *_texts(values.get("source_policy_documents"))]:
        _merge(result, _parsed(source), override=False)
    _merge(result, own, override=True)
    for source in [*_texts(values.get("override_policy_documents")), *_texts(values.get("override_json"))]:
        _merge(result, _parsed(source), override=True)
    return {key: result[key] for key in ("Version", "Id", "Statement") if key in result}


def _blocks(value: Any) -> list[Any]:
    """Nested blocks; those that an unresolved dynamic block may add stand as one Unknown at the end."""
    if value is None:
        return []
    if isinstance(value, Unknown):
        known = value.partial if isinstance(value.partial, list) else []
        return [*known, Unknown(value.reason, value.expression, value.references)]
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise _Malformed
    return value


def _texts(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, Unknown) and isinstance(value.partial, list):
        return [*value.partial, Unknown(value.reason, value.expression, value.references)]
    return [one for one in value if one] if isinstance(value, list) else [value]


def _parsed(source: Any) -> dict[str, Any] | Unknown:
    from cloudpolicy.sources.terraform.functions import FunctionError, call

    if isinstance(source, (str, Unknown)):
        try:
            source = call("jsondecode", [source])
        except FunctionError:
            return Unknown("invalid-expression", "source_policy_documents")
    if isinstance(source, Unknown):
        return source
    if not isinstance(source, dict):
        return Unknown("invalid-expression", "source_policy_documents")
    return source


def _merge(into: dict[str, Any], other: dict[str, Any] | Unknown, override: bool) -> None:
    """Add `other`: statements of the same Sid are replaced, others are appended, as the provider merges documents."""
    present: list[Any] = into.get("Statement", [])
    if isinstance(other, Unknown):
        if override:  # it may replace every statement that has a Sid
            present = [
                Unknown(other.reason, other.expression, other.references, partial=one) if isinstance(one, dict) and one.get("Sid") else one
                for one in present
            ]
        into["Statement"] = [*present, other]
        into.setdefault("Version", _VERSION)
        return
    if other.get("Id"):
        into["Id"] = other["Id"]
    version = other.get("Version")
    if version and (isinstance(version, Unknown) or isinstance(into.get("Version"), Unknown) or str(version) > into.get("Version", "")):
        into["Version"] = version
    if "Statement" not in other:
        return
    statements = list(present)
    for one in map(_normal, _blocks(other["Statement"])):
        sid = one.get("Sid") if isinstance(one, dict) else None
        at = next(
            (
                position
                for position, old in enumerate(present)
                if isinstance(sid, str) and sid and isinstance(old, dict) and old.get("Sid") == sid
            ),
            None,
        )
        if at is None:
            statements.append(one)
        else:
            statements[at] = one
    into["Statement"] = statements


def _normal(statement: Any) -> Any:
    """A statement of another document with its members in the provider's order and single condition values alone."""
    if not isinstance(statement, dict):
        return statement
    result = {key: statement[key] for key in _MEMBERS if key in statement}
    conditions = result.get("Condition")
    if isinstance(conditions, dict):
        result["Condition"] = {
            test: {name: values[0] if isinstance(values, list) and len(values) == 1 else values for name, values in sorted(tests.items())}
            if isinstance(tests, dict)
            else tests
            for test, tests in sorted(conditions.items())
        }
    return result


def _statement(block: Any, version: Any) -> Any:
    if isinstance(block, Unknown):
        return block
    if not isinstance(block, dict):
        raise _Malformed
    result: dict[str, Any] = {}
    if block.get("sid"):
        result["Sid"] = block["sid"]
    result["Effect"] = block["effect"] if block.get("effect") is not None else "Allow"
    for key, attribute in _OPTIONAL:
        items = block.get(attribute)
        if isinstance(items, Unknown) or items:
            result[key] = _strings(items if key.endswith("Action") else _with_variables(items, version))
    for key, attribute in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
        principals = _principals(_blocks(block.get(attribute)), version)
        if principals is not None:
            result[key] = principals
    conditions = _conditions(_blocks(block.get("condition")), version)
    if conditions is not None:
        result["Condition"] = conditions
    return result


def _strings(items: Any) -> Any:
    """One string stands alone; several stand in the provider's order, from the last to the first."""
    if isinstance(items, Unknown):
        return items
    if not isinstance(items, list):
        raise _Malformed
    if len(items) == 1:
        return items[0]
    if any(isinstance(item, Unknown) for item in items):
        return list(items)
    return sorted({str(item) for item in items}, reverse=True)


def _with_variables(value: Any, version: Any) -> Any:
    """&{aws:username} is how Terraform writes IAM's own ${aws:username}."""
    if version != _VERSION:
        return value
    if isinstance(value, list):
        return [_with_variables(item, version) for item in value]
    if isinstance(value, str):
        return value.replace("&{", "${")
    if isinstance(value, Unknown) and isinstance(value.partial, (str, list)) and "&{" in repr(value.partial):
        partial = _with_variables(value.partial, version)
        return Unknown(value.reason, value.expression, value.references, partial, value.choices)
    return value


def _principals(blocks: list[Any], version: Any) -> Any:
    if not blocks:
        return None
    lost = [block for block in blocks if isinstance(block, Unknown) or isinstance(block.get("type"), Unknown)]
    result: dict[str, Any] = {}
    for block in blocks:
        if block in lost:
            continue
        kind, identifiers = block["type"], _strings(_with_variables(block.get("identifiers") or [], version))
        if len(blocks) == 1 and kind == "*" and identifiers == "*":
            return "*"
        result[kind] = [*_listed(result[kind]), *_listed(identifiers)] if kind in result else identifiers
    return joined(unknowns(lost), partial=result or None) if lost else result


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _conditions(blocks: list[Any], version: Any) -> Any:
    if not blocks:
        return None
    lost: list[Any] = []
    result: dict[str, Any] = {}
    for block in blocks:
        if isinstance(block, Unknown) or isinstance(block.get("test"), Unknown):
            lost.append(block)
            continue
        variable = block["variable"]
        if isinstance(variable, Unknown):
            lost.append(block)
            if not isinstance(variable.partial, str):
                continue
            variable = variable.partial  # "${local.issuer}:sub" still says which claim it is about
        values = _with_variables(block.get("values") if block.get("values") is not None else [], version)
        if isinstance(values, list) and len(values) == 1:
            values = values[0]
        variables = result.setdefault(str(block["test"]), {})
        name = str(variable)
        variables[name] = [*_listed(variables[name]), *_listed(values)] if name in variables else values
    ordered = {test: dict(sorted(result[test].items())) for test in sorted(result)}
    return joined(unknowns(lost), partial=ordered or None) if lost else ordered
