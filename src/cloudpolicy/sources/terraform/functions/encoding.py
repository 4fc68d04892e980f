"""Encoders and decoders. JSON and YAML with unknown leaves keep their structure in Unknown.partial."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import FunctionError, cap_text, joined, text, unknowns
from cloudpolicy.sources.terraform.types import HOLE, to_number, to_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def json_text(value: Any) -> str:
    """JSON as Go writes it: keys sorted, no spaces, <, > and & escaped."""
    parts: list[str] = []
    _write(value, parts)
    shown = "".join(parts)
    cap_text(len(shown))
    for char in "<>&\u2028\u2029":
        shown = shown.replace(char, f"\\u{ord(char):04x}")
    return shown


def _write(value: Any, parts: list[str]) -> None:
    """Python's own encoder writes small numbers with an exponent, Terraform never does."""
    from json.encoder import encode_basestring

    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None:
        parts.append("null")
    elif isinstance(value, list):
        parts.append("[")
        for index, item in enumerate(value):
            if index:
                parts.append(",")
            _write(item, parts)
        parts.append("]")
    elif isinstance(value, dict):
        parts.append("{")
        for index, key in enumerate(sorted(value)):
            parts.append(f"{',' if index else ''}{encode_basestring(str(key))}:")
            _write(value[key], parts)
        parts.append("}")
    else:
        parts.append(to_string(value))


def _jsonencode(value: Any) -> Any:
    lost = unknowns(value)
    if lost:
        return joined(lost, partial=value if isinstance(value, (dict, list)) else None)
    return json_text(value)


def _jsondecode(value: Any) -> Any:
    if isinstance(value, Unknown):
        return _decode_partial(value)
    import json

    try:
        return _numbers(json.loads(text(value), parse_constant=_no_constant))
    except ValueError as error:
        raise FunctionError(f"the text is not JSON: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _numbers(value: Any) -> Any:
    if isinstance(value, float):
        return to_number(value)
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return value


def _decode_partial(value: Unknown) -> Any:
    """The structure of an unknown JSON text, its unknown parts as Unknown leaves; Unknown when it does not show."""
    if isinstance(value.partial, (dict, list)):
        return value.partial
    lost = joined([value])
    if not isinstance(value.partial, str):
        return lost
    import json

    bare = "\ue000"  # a private character: no JSON text of a policy holds it, so it marks the unknown parts
    known = value.partial
    if bare in known:
        return lost
    shown: list[str] = []
    in_text = False
    for position, part in enumerate(known.split(HOLE)):
        if position:
            shown.append(bare if in_text else f'"{bare}"')
        shown.append(part)
        quotes = part.replace("\\\\", "").replace('\\"', "").count('"')
        in_text = in_text != (quotes % 2 == 1)
    try:
        decoded = json.loads("".join(shown), parse_constant=_no_constant)
        return _with_holes(decoded, bare, value)
    except (ValueError, RecursionError):
        return lost


def _with_holes(value: Any, bare: str, lost: Unknown) -> Any:
    if isinstance(value, str):
        if bare not in value:
            return value
        known = value.replace(bare, HOLE)
        return joined([lost], partial=known if known != HOLE else None)
    if isinstance(value, list):
        return [_with_holes(item, bare, lost) for item in value]
    if isinstance(value, dict):
        if any(bare in key for key in value):
            raise ValueError("an unknown key")
        return {key: _with_holes(item, bare, lost) for key, item in value.items()}
    return _numbers(value)


def _base64encode(value: Any) -> str:
    from base64 import b64encode

    return b64encode(text(value).encode("utf-8")).decode("ascii")


def _base64decode(value: Any) -> str:
    from base64 import b64decode

    try:
        return b64decode(text(value).replace("\n", "").replace("\r", ""), validate=True).decode("utf-8")
    except ValueError:
        raise FunctionError("the text is not base64 of UTF-8 text") from None


def _base64gzip(value: Any) -> Unknown:
    text(value)
    return Unknown("unsupported-expression", "base64gzip()")  # its bytes depend on the compressor


_ENCODINGS = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-8": "utf-8", "utf-16": "utf-16-be"}


def _codec(name: str) -> str:
    import codecs

    try:
        return codecs.lookup(_ENCODINGS.get(name.lower(), name)).name
    except (LookupError, ValueError):
        raise FunctionError(f'"{name[:40]}" is not a supported encoding') from None


def _textencodebase64(value: Any, encoding: Any) -> str:
    from base64 import b64encode

    try:
        return b64encode(text(value).encode(_codec(text(encoding)))).decode("ascii")
    except (UnicodeError, LookupError, TypeError):
        raise FunctionError("the text contains characters that the encoding cannot represent") from None


def _textdecodebase64(value: Any, encoding: Any) -> str:
    from base64 import b64decode

    try:
        return str(b64decode(text(value), validate=True).decode(_codec(text(encoding))))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise FunctionError("the text is not base64 in that encoding") from None


def _urlencode(value: Any) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text(value), safe="-_.~")


def _csvdecode(value: Any) -> list[dict[str, str]]:
    import csv
    import io

    try:
        rows = [row for row in csv.reader(io.StringIO(text(value), newline=""), strict=True) if row]
    except csv.Error as error:
        raise FunctionError(f"the text is not CSV: {error}") from None
    if not rows:
        raise FunctionError("missing header line")
    header = rows[0]
    if len(set(header)) != len(header):
        raise FunctionError("duplicate column name")
    if any(len(row) != len(header) for row in rows):
        raise FunctionError("wrong number of fields")
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


def _yamldecode(value: Any) -> Any:
    if isinstance(value, Unknown):
        return value.partial if isinstance(value.partial, (dict, list)) else joined([value])
    from cloudpolicy.sources.terraform.functions.yaml_text import decode

    return decode(text(value))


def _yamlencode(value: Any) -> Any:
    lost = unknowns(value)
    if lost:
        return joined(lost, partial=value if isinstance(value, (dict, list)) else None)
    from cloudpolicy.sources.terraform.functions.yaml_text import encode

    result = encode(value)
    cap_text(len(result))
    return result


TABLE = {
    "base64decode": (_base64decode, 1, 1, False),
    "base64encode": (_base64encode, 1, 1, False),
    "base64gzip": (_base64gzip, 1, 1, False),
    "csvdecode": (_csvdecode, 1, 1, False),
    "jsondecode": (_jsondecode, 1, 1, True),
    "jsonencode": (_jsonencode, 1, 1, True),
    "textdecodebase64": (_textdecodebase64, 2, 2, False),
    "textencodebase64": (_textencodebase64, 2, 2, False),
    "urlencode": (_urlencode, 1, 1, False),
    "yamldecode": (_yamldecode, 1, 1, True),
    "yamlencode": (_yamlencode, 1, 1, True),
}
