"""A new entry at the end of a waivers file, which otherwise stays as people wrote it."""

from __future__ import annotations

import json
import re

from cloudpolicy.texts import Text
from cloudpolicy.waivers import reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.findings import Waiver
    from cloudpolicy.waivers.reading import Known

_HEAD = "# cloudpolicy schema waivers prints the format of this file\nwaivers:\n"
_ITEM = re.compile(r"^( *)-(?: |$)", re.MULTILINE)
_PLAIN = re.compile(r"(?![0-9.+-]*$)(?!(?i:true|false|yes|no|on|off|null|y|n|~)$)[\w./()(-][\w./()()、。 _-]*(?<! )")


class NotWritten(Exception):
    """The entry is not in the file; `text` says why and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def entry(values: dict[str, str], indent: str = "  ") -> str:
    """The entry as YAML, keys in the schema's order; what is empty is left out."""
    keys = [key for key in reading.FIELDS if values.get(key)]
    lines = [f"{key}: {_scalar(key, values[key])}" for key in keys]
    return "".join(f"{indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def _scalar(key: str, text: str) -> str:
    """Plain where YAML reads it back as the same text, else in double quotes (JSON's escapes are YAML's)."""
    if key in ("granted", "expires") or _PLAIN.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def free_id(waivers: list[Waiver]) -> str:
    """The next number after the highest: W-013 after W-012."""
    numbers = [int(waiver.id[2:]) for waiver in waivers if re.fullmatch(r"W-[0-9]{1,9}", waiver.id)]
    return f"W-{max(numbers, default=0) + 1:03}"


def added(path: str, data: bytes, values: dict[str, str], day: str, longest: int, known: Known) -> tuple[Waiver, str]:
    """The new entry, and the text of the file with it at the end. An id is given where `values` has none.

    `data` is what stands in the file (b"" where there is none). Raises NotWritten when the entry would not count, now or from its first day
    on, or when the file cannot take it.
    """
    before, problems = reading.parse(path, data, day, longest, known)
    if problems:
        raise NotWritten(problems[0].text)
    given = {key: value.encode("utf-8", "replace").decode("utf-8").strip() for key, value in values.items()}
    values = {"id": free_id(before), **{key: value for key, value in given.items() if value}}
    if any(waiver.id == values["id"] for waiver in before):
        raise NotWritten(Text(f"the id {values['id']} is taken", f"ID {values['id']} は使用済みです"))
    trial, problems = reading.parse(path, f"waivers:\n{entry(values)}".encode(), day, longest, known)
    if len(trial) != 1:
        raise NotWritten(problems[0].text if problems else Text("not one entry", "1 件の項目になりません"))
    if trial[0].fault is not None and trial[0].state != "not-yet-valid":
        raise NotWritten(trial[0].fault)
    text = _appended(data.decode("utf-8"), values)
    after, problems = reading.parse(path, text.encode("utf-8"), day, longest, known)
    if problems or list(map(_content, after)) != [*map(_content, before), [values.get(key, "") for key in reading.FIELDS]]:
        raise NotWritten(
            Text(
                f"the file is written in a way that cannot be added to; put this into it yourself:\n{entry(values)}",
                f"このファイルの書き方では自動で追加できません。次の項目を手で追加してください:\n{entry(values)}",
            )
        )
    return after[-1], text


def _appended(text: str, values: dict[str, str]) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    if text.strip() in ("", "{}", "waivers:", "waivers: []"):
        text = _HEAD
    elif not text.endswith("\n"):
        text += newline
    found = _ITEM.search(text)
    return text + entry(values, found[1] if found else "  ").replace("\n", newline)


def _content(waiver: Waiver) -> list[str]:
    return [getattr(waiver, key) for key in reading.FIELDS]
