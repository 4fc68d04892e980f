"""YAML written by people, as a typed struct with the line of every key, so that each error can name its place.

The files may be hostile: size is capped, before and after the anchors (&, *) are unfolded.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
import yaml

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

_T = TypeVar("_T")
Key = tuple[str | int, ...]
Lines = dict[Key, int]
Fault = tuple[Key, str, str]  # (key, what is wrong in English, in Japanese)
LIMIT = 16_000_000  # bytes
NODES = 1_000_000  # keys and values, those that anchors repeat counted each time
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Merge keys as YAML's own text says: what is written wins, then the earlier of several merged mappings.

    PyYAML 6.0.4 lets the later one win: with its own rule a check would mean something else in another environment.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        own = [pair for pair in node.value if pair[0].tag != _MERGE]
        taken = {key.value for key, _ in own if isinstance(key, yaml.ScalarNode)}
        merged = []
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(source, yaml.MappingNode):
                    raise yaml.constructor.ConstructorError(None, None, "only a mapping can be merged (<<)", source.start_mark)
                self.flatten_mapping(source)
                merged += [pair for pair in source.value if pair[0].value not in taken]
                taken |= {name.value for name, _ in source.value if isinstance(name, yaml.ScalarNode)}
        node.value = merged + own


def bytes_of(path: str) -> bytes | Fault:
    """What the file holds, or why it cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        return (), f"cannot be read: {error.strerror}", f"読み取れません: {error.strerror}"
    if len(data) > LIMIT:
        return (), f"is larger than {LIMIT // 1_000_000} MB", f"{LIMIT // 1_000_000} MB を超えています"
    return data


def read(path: str, kind: type[_T]) -> tuple[_T | None, Lines, list[Fault]]:
    """One file as a struct of `kind`; None with faults when it cannot be taken. Never raises for what the file holds."""
    return parse(bytes_of(path), kind)


def parse(data: bytes | Fault, kind: type[_T]) -> tuple[_T | None, Lines, list[Fault]]:
    """As `read`, from what `bytes_of` gave."""
    if not isinstance(data, bytes):
        return None, {}, [data]
    lines: Lines = {}
    try:
        loader = _Loader(data.decode("utf-8-sig"))
        try:
            node = loader.get_single_node()
            if node is not None:
                _number(node, (), lines)
            content = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except UnicodeDecodeError:
        return None, lines, [((), "is not UTF-8; save it as UTF-8", "UTF-8 ではありません。UTF-8 で保存し直してください")]
    except _Refused as error:
        return None, {(): error.line}, [((), error.text.en, error.text.ja)]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, {(): line}, [((), f"is not valid YAML: {error.problem}", f"YAML の構文エラー: {error.problem}")]
    except yaml.YAMLError as error:  # a control character: the reader knows no line, only the place
        position = getattr(error, "position", 0)
        line = data[: position if isinstance(position, int) else 0].count(b"\n") + 1
        return None, {(): line}, [((), "holds a character that YAML forbids", "YAML で使えない文字が含まれています")]
    except (RecursionError, ValueError, OverflowError):  # a date such as 2026-02-31, a thousand brackets
        return None, {}, [((), "is nested too deeply or holds an impossible value", "入れ子が深すぎるか、扱えない値が含まれています")]
    value, faults = convert(content, kind)
    return value, lines, faults


def convert(content: Any, kind: type[_T], at: Key = ()) -> tuple[_T | None, list[Fault]]:
    """Plain values as a struct of `kind`; `at` is where they stand in their file."""
    try:
        return msgspec.convert(content, kind), []
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        key = _key(where.rstrip("`"))
        strange = re.search(r"unknown field `(.+)`", message)
        return None, [((*at, *key, strange.group(1)) if strange else (*at, *key), *_worded(message))]
    except RecursionError:
        return None, [(at, "is nested too deeply", "入れ子が深すぎます")]


def diagnostic(path: str, lines: Lines, fault: Fault, code: str, what: Text) -> Diagnostic:
    """A fault as an error at the line of its key, or of the nearest key above it; `what` names the kind of file."""
    key, en, ja = fault
    at = key
    while at and at not in lines:
        at = at[:-1]
    spelled = ".".join(map(str, key))
    text = (
        Text(f"{what.en}, `{spelled}`: {en}", f"{what.ja}の `{spelled}`: {ja}") if spelled else Text(f"{what.en}: {en}", f"{what.ja}: {ja}")
    )
    return Diagnostic("error", code, text, Span(path, lines.get(at, 1)))


class _Refused(Exception):
    def __init__(self, line: int, text: Text) -> None:
        super().__init__(text.en)
        self.line = line
        self.text = text


def _number(node: Any, at: Key, lines: Lines) -> None:
    """Note the line of every key; refuses a key that stands twice, and what unfolds without end."""
    lines[at] = node.start_mark.line + 1
    if len(lines) > NODES:
        raise _Refused(lines[at], Text("holds too many entries", "項目が多すぎます"))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            where = (*at, str(key.value) if isinstance(key, yaml.ScalarNode) else "?")
            if where in lines:
                raise _Refused(key.start_mark.line + 1, Text(f"the key {where[-1]!r} stands twice", f"キー {where[-1]!r} が重複しています"))
            _number(value, where, lines)
            lines[where] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _number(value, (*at, index), lines)


def _key(where: str) -> Key:
    """msgspec's `$.checks[0].require` -> ("checks", 0, "require")."""
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]$]+", where))


# What msgspec says, in Japanese: it has no catalogue of its own.
_WORDS = (
    (r"Object contains unknown field `(.+?)`", r"`\1` というキーはありません"),
    (r"Object missing required field `(.+?)`", r"`\1` がありません"),
    (r"Expected `(.+?)`, got `(.+?)`", r"\1 が必要ですが、\2 が書かれています"),
    (r"Invalid enum value (.+)", r"\1 は指定できません"),
    (r"Invalid RFC3339 encoded date", "日付は 2026-04-01 の形で書いてください"),
)


def _worded(message: str) -> tuple[str, str]:
    ja = message
    for pattern, words in _WORDS:
        ja = re.sub(pattern, words, ja)
    return message.replace("Invalid RFC3339 encoded date", "write a date like 2026-04-01"), ja
