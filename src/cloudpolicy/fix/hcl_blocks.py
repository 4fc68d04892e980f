"""New HCL written with python-hcl2 (the extra `fix`): values and whole blocks, in the indentation of the file they go to."""

from __future__ import annotations

import re
from itertools import groupby

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_SIMPLE = re.compile(r"[^\"\\$%\x00-\x1f]*")
# Before text that python-hcl2 would not write as it should (escapes, functions over several lines); it is put in when the block is written.
_HELD, _BARE = "cloudpolicy-text:", "cloudpolicy-bare:"


class MissingLibrary(Exception):
    """python-hcl2 is not installed, or Checkov's namesake is in its place; `text` says what to do."""

    def __init__(self) -> None:
        self.text = Text(
            "fixing Terraform needs python-hcl2 8: pip install 'python-hcl2>=8', beside cloudpolicy (not in the environment of Checkov, whose bc-python-hcl2 takes its place)",
            "Terraform の修正には python-hcl2 8 が必要です。cloudpolicy と同じ環境で pip install 'python-hcl2>=8' を実行してください"
            "(Checkov の環境には入れないでください。bc-python-hcl2 と衝突します)",
        )
        super().__init__(self.text.en)


class Expression:
    """HCL that is no literal: a reference."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Encoded:
    """`jsonencode(…)` of a value."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def check() -> None:
    """Raises MissingLibrary when blocks cannot be written here."""
    _library()


def attribute(name: str, value: Any) -> str:
    """`name = value`, over several lines where the value has several."""
    return _dumps(_library().Builder({name: _plain(value)}))


def block(type: str, labels: list[str], values: dict[str, Any], expressions: dict[str, Any] | None = None) -> str:
    """One block as text with two spaces a level and no final line end: dicts, and lists of them, are nested blocks."""
    document = _library().Builder()
    _fill(document.block(type, [f'"{label}"' for label in labels]), {**(expressions or {}), **values})
    return _dumps(document)


def quoted(text: str) -> str:
    """Text as an HCL string in which nothing is evaluated."""
    for character, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("${", "$${"), ("%{", "%%{")):
        text = text.replace(character, written)
    return f'"{text}"'


def _fill(builder: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Attributes):
            builder.attributes[name] = _plain(dict(value))
        elif isinstance(value, dict):
            _fill(builder.block(name), value)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for item in value:
                _fill(builder.block(name), item)
        else:
            builder.attributes[name] = _plain(value)


class Attributes(dict[str, "Any"]):
    """A map that is an attribute (`tags = {…}`), not a block."""


def _plain(value: Any) -> Any:
    """A value as python-hcl2 wants it: text in quotes, expressions bare."""
    if isinstance(value, Expression):  # python-hcl2 would have to parse it first
        return f'"{_BARE}{value.text.encode().hex()}"'
    if isinstance(value, Encoded):
        return f'"{_BARE}{f"jsonencode({_object(value.value, 0)})".encode().hex()}"'
    if isinstance(value, str):
        return f'"{value}"' if _SIMPLE.fullmatch(value) else f'"{_HELD}{value.encode().hex()}"'
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _dumps(builder: Any) -> str:
    text: str = _library().dumps(builder.build())
    text = re.sub(f'"{_HELD}([0-9a-f]+)"', lambda match: quoted(bytes.fromhex(match[1]).decode()), text)
    text = re.sub(f'^( *)(.*)"{_BARE}([0-9a-f]+)"', _unfolded, text, flags=re.MULTILINE)
    # python-hcl2 puts indentation into empty lines and spreads every list over several lines; `terraform fmt` would not
    text = re.sub(r"[ \t]+$", "", text.rstrip(), flags=re.MULTILINE)
    return re.sub(r"\[\n\s*((?:[^\[\]{}\n]+,?\n\s*)+)\]", _one_line, text)


def _unfolded(match: re.Match[str]) -> str:
    bare = bytes.fromhex(match[3]).decode().replace("\n", "\n" + match[1])
    before = re.sub(r" += \Z", " = ", match[2]) if "\n" in bare else match[2]  # what goes over several lines is not aligned
    return f"{match[1]}{before}{bare}"


def _object(value: Any, level: int) -> str:
    """A value inside `jsonencode`, as `terraform fmt` has it."""
    inner, outer = "  " * (level + 1), "  " * level
    if isinstance(value, dict):
        items = [(name if _NAME.fullmatch(name) else quoted(name), _object(item, level + 1)) for name, item in value.items()]
        written: list[str] = []
        for _, group in groupby(items, lambda item: "\n" in item[1]):  # what goes over several lines is not aligned
            together = list(group)
            width = 0 if "\n" in together[0][1] else max(len(name) for name, _ in together)
            written += [f"{inner}{name.ljust(width)} = {text}\n" for name, text in together]
        return f"{{\n{''.join(written)}{outer}}}"
    if isinstance(value, list):
        return "[" + ", ".join(_object(item, level) for item in value) + "]"
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, str):
        return quoted(value)
    return {None: "null", True: "true", False: "false"}.get(value, str(value))


def _one_line(match: re.Match[str]) -> str:
    items = [line.strip().rstrip(",") for line in match[1].splitlines() if line.strip()]
    whole = "[" + ", ".join(items) + "]"
    return whole if len(whole) <= 80 else match[0]


def _library() -> Any:
    try:
        import hcl2
    except ImportError:
        raise MissingLibrary from None
    if not hasattr(hcl2, "Builder") or not hasattr(hcl2, "dumps"):
        raise MissingLibrary
    return hcl2
