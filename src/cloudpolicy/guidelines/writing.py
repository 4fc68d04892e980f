"""Adding a statement to attestations.yaml as text, so that what people wrote there (order, comments) stays as it is."""

from __future__ import annotations

import json
import re

import yaml

from cloudpolicy import yamlfile
from cloudpolicy.guidelines import schema
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER = "# What no template proves, stated by people. Schema: cloudpolicy schema attestations\n"


class CannotAdd(ValueError):
    """The file's layout leaves no place that is safe to write to; `text` says so."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def entry(values: Mapping[str, str | Sequence[str]], indent: int = 2) -> str:
    """One list entry as YAML; every text is quoted, so that none of it is taken for YAML."""
    lines = []
    for key, value in values.items():
        if isinstance(value, str):
            lines.append(f"{key}: {value if key in ('date', 'expires') else _quoted(value)}")
        elif len(value) <= 3:
            lines.append(f"{key}: [{', '.join(map(_quoted, value))}]")
        else:
            lines += [f"{key}:", *(f"  - {_quoted(item)}" for item in value)]
    return "".join(" " * indent + ("- " if index == 0 else "  ") + line + "\n" for index, line in enumerate(lines))


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar on one line; what does not print is escaped."""
    escaped = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in escaped)


def added(text: str, section: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """`text` with one more entry at the end of the list `section`; raises CannotAdd when that cannot be done safely."""
    before, _, faults = yamlfile.parse(text.encode(), schema.Lists)
    if before is None and text.strip():
        # a file of comments alone is fine, a broken one is not ours to mend
        if any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
            raise CannotAdd(Text(f"the file cannot be added to: {faults[0][1]}", f"ファイルに追記できません: {faults[0][2]}"))
        before = schema.Lists()
    try:
        result = _placed(text or HEADER, section, values)
    except RecursionError:
        raise CannotAdd(Text("the file is nested too deeply", "ファイルの入れ子が深すぎます")) from None
    after, _, _ = yamlfile.parse(result.encode(), schema.Lists)
    old = getattr(before or schema.Lists(), section) or []
    new = (getattr(after, section) if after else None) or []
    if new[:-1] != old or len(new) != len(old) + 1:
        raise CannotAdd(
            Text(
                f"the list `{section}` is not written as lines that begin with `-`; add the entry by hand:\n{entry(values)}",
                f"`{section}` が「-」で始まる行のリストではないため追記できません。次の内容を手で追加してください:\n{entry(values)}",
            )
        )
    return result


def _placed(text: str, section: str, values: Mapping[str, str | Sequence[str]]) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value != section:
            continue
        at, indent = key.start_mark.line + 1, 2
        if isinstance(value, yaml.SequenceNode) and value.value:
            indent, at = value.start_mark.column, value.end_mark.line
            if value.end_mark.column:  # the file ends without a line end, or the list is written in brackets
                at += 1
            while at > 0 and re.fullmatch(r"\s*(#.*)?", lines[at - 1].rstrip("\r\n")):  # comments after a list belong to what follows
                at -= 1
        else:
            lines[at - 1] = re.sub(r":[ \t]*(\[[ \t]*\]|~|null)?", ":", lines[at - 1], count=1)
        return "".join(lines[:at]) + entry(values, indent) + "".join(lines[at:])
    return "".join(lines) + f"{section}:\n" + entry(values)
