"""New HCL written with python-hcl2 (the extra `fix`): values and whole blocks, in the indentation of the file they go to."""

from __future__ import annotations

import re

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SIMPLE = re.compile(r"[^\"\\$%\x00-\x1f]*")
_HELD = "cloudpolicy:"  # before text that python-hcl2 would not escape rightly; it is put in when the block is written


class MissingLibrary(Exception):
    """python-hcl2 is not installed, or Checkov's namesake is in its place; `text` says what to do."""

    def __init__(self) -> None:
        self.text = Text(
            "fixing Terraform needs python-hcl2 8: pip install 'cloudpolicy[fix]' (not in the environment of Checkov, whose bc-python-hcl2 takes its place)",
            "Terraform の修正には python-hcl2 8 が必要です: pip install 'cloudpolicy[fix]'"
            "(Checkov の環境には入れないでください。bc-python-hcl2 と衝突します)",
        )
        super().__init__(self.text.en)


class Expression:
    """HCL that is no literal: a reference."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


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
    if isinstance(value, Expression):
        return "${" + value.text + "}"
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
    # python-hcl2 puts indentation into empty lines and spreads every list over several lines; `terraform fmt` would not
    text = re.sub(r"[ \t]+$", "", text.rstrip(), flags=re.MULTILINE)
    return re.sub(r"\[\n\s*((?:[^\[\]{}\n]+,?\n\s*)+)\]", _one_line, text)


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
