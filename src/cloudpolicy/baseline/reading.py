"""A baseline file -> Baseline; and the JSON Schema of the file.

A file that is not exactly what `cloudpolicy baseline` writes is refused as a whole: a gate does not guess what was meant to be known.
"""

from __future__ import annotations

import json
import re

from cloudpolicy.baseline import Baseline, Entry
from cloudpolicy.findings import FINGERPRINTS, LOCAL
from cloudpolicy.model import Diagnostic, Span, Verdict
from cloudpolicy.sources import files
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 1
LIMIT = 64 * 1024 * 1024  # bytes: some 300,000 entries
LENGTH = 10_000  # characters of one value
_PRINT = re.compile(rf"[0-9a-f]{{{LOCAL}}}")
_VERDICTS = (str(Verdict.FAIL), str(Verdict.UNKNOWN))

# key of an entry -> what it is
FIELDS: dict[str, Text] = {
    "estate": Text(
        "Root module or template, relative to this file's folder.", "ルートモジュールまたはテンプレート(このファイルからの相対パス)"
    ),
    "policy": Text("Id of the policy.", "ポリシー ID"),
    "verdict": Text("What it was: fail or unknown.", "判定(fail または unknown)"),
    "resource": Text("Address; empty for the estate as a whole.", "リソースのアドレス(検査単位全体の指摘では空)"),
    "attribute": Text("The attribute, for people.", "属性(参考情報。照合には使わない)"),
    "fingerprint": Text("What the place is recognised by.", "照合に使う識別値"),
}


class Refused(Exception):
    """The file cannot be taken; `diagnostic` says where, why and what to do."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.text.en)
        self.diagnostic = diagnostic


class _Fault(Exception):
    def __init__(self, en: str, ja: str, path: tuple[str | int, ...] = (), line: int = 0) -> None:
        super().__init__(en)
        self.text = Text(en, ja)
        self.path = path
        self.line = line


def read(path: str, base: str) -> Baseline:
    """The file's content; `base` is the folder outside of which no link is followed. Raises Refused."""
    try:
        data = files.read_bytes(path, base, LIMIT)
    except files.Unreadable as error:
        raise Refused(_diagnostic(error.diagnostic.text, error.diagnostic.span or Span(path))) from None
    try:
        return Baseline(path, _entries(data))
    except _Fault as fault:
        raise Refused(_diagnostic(fault.text, _place(path, data, fault))) from None


def _diagnostic(text: Text, span: Span) -> Diagnostic:
    return Diagnostic(
        "error",
        "invalid-baseline",
        Text(
            f"baseline: {text.en}; until then nothing counts as known",
            f"ベースライン: {text.ja}(修正するまで、どの指摘も既知として扱いません)",
        ),
        span,
    )


def _entries(data: bytes) -> list[Entry]:
    try:
        content = json.loads(data, object_pairs_hook=_once, parse_constant=_number)
    except json.JSONDecodeError as error:
        merge = re.search(rb"^(?:<<<<<<<|=======|>>>>>>>)", data, re.MULTILINE)
        if merge is not None:
            line = data.count(b"\n", 0, merge.start()) + 1
            raise _Fault(
                "holds an unresolved merge: keep the lines of both sides, then run `cloudpolicy baseline update`",
                "マージの競合が残っています。両方の行を残してから `cloudpolicy baseline update` を実行してください",
                line=line,
            ) from None
        raise _Fault(
            f"is not valid JSON ({error.msg}); restore it, or write it anew with `cloudpolicy baseline create`",
            f"JSON として読めません({error.msg})。元に戻すか、`cloudpolicy baseline create` で作り直してください",
            line=error.lineno,
        ) from None
    except (RecursionError, ValueError):  # brackets without end, a number of 5,000 digits
        raise _Fault(
            "is not valid JSON: nested too deeply or an impossible number", "JSON として読めません(入れ子が深すぎるか、数値が不正です)"
        ) from None
    if not isinstance(content, dict) or "version" not in content:
        raise _Fault(
            "is no baseline: an object with `version` and `entries` is expected; write one with `cloudpolicy baseline create`",
            "ベースラインの形式ではありません(`version` と `entries` が必要です)。`cloudpolicy baseline create` で作成してください",
        )
    version = content["version"]
    if type(version) is not int or version != VERSION:
        raise _Fault(
            f"has format version {_shown(version)}; this cloudpolicy reads {VERSION}. Use the cloudpolicy that wrote it, or create it anew",
            f"形式のバージョンが {_shown(version)} です(このバージョンの cloudpolicy が読めるのは {VERSION})。作成時の cloudpolicy を使うか、作り直してください",
            ("version",),
        )
    made = content.get("fingerprints", 1)  # files of the first release do not say it
    if type(made) is not int or made != FINGERPRINTS:
        raise _Fault(
            f"has fingerprints of kind {_shown(made)}; this cloudpolicy makes kind {FINGERPRINTS}. Use the cloudpolicy that wrote it, or create it anew",
            f"照合に使う識別値の方式が {_shown(made)} です(このバージョンの cloudpolicy の方式は {FINGERPRINTS})。作成時の cloudpolicy を使うか、作り直してください",
            ("fingerprints",),
        )
    for key in content:
        if key not in ("version", "fingerprints", "entries"):
            raise _Fault(f"there is no key {_shown(key)}", f"{_shown(key)} というキーはありません", (key,))
    entries = content.get("entries")
    if not isinstance(entries, list):
        raise _Fault("`entries` is a list", "`entries` にはリストを書いてください", ("entries",))
    found = [_entry(entry, number) for number, entry in enumerate(entries)]
    at, line = 0, 1
    for one in found:
        place = data.find(one.fingerprint.encode(), at)
        if place > 0:
            line += data.count(b"\n", at, place)
            at, one.line = place, line
    return found


def _entry(entry: Any, number: int) -> Entry:
    at = ("entries", number)
    if not isinstance(entry, dict) or entry.keys() != FIELDS.keys():
        keys = ", ".join(FIELDS)
        raise _Fault(f"an entry has exactly the keys {keys}", f"項目のキーは {keys} の 6 つです", at)
    for key, value in entry.items():
        if type(value) is not str or len(value) > LENGTH:
            raise _Fault(f"`{key}` is a text of at most {LENGTH:,} characters", f"`{key}` は {LENGTH:,} 文字以内の文字列です", (*at, key))
    if entry["verdict"] not in _VERDICTS:
        raise _Fault(
            f"`verdict` is one of {', '.join(_VERDICTS)}, not {_shown(entry['verdict'])}",
            f"`verdict` は {'、'.join(_VERDICTS)} のいずれかです({_shown(entry['verdict'])} は使えません)",
            (*at, "verdict"),
        )
    if not _PRINT.fullmatch(entry["fingerprint"]):
        raise _Fault(
            f"`fingerprint` is {LOCAL} hexadecimal digits, not {_shown(entry['fingerprint'])}",
            f"`fingerprint` は 16 進数 {LOCAL} 桁です({_shown(entry['fingerprint'])} は使えません)",
            (*at, "fingerprint"),
        )
    return Entry(**entry, line=1)


def _place(path: str, data: bytes, fault: _Fault) -> Span:
    """Where the fault stands: found with the positions of the template reader, which is not needed for a file that is in order."""
    if fault.line or not fault.path:
        return Span(path, fault.line or 1)
    from cloudpolicy.sources.cloudformation import text as positions

    try:
        return positions.parse(path, data).nearest(fault.path)
    except positions.Unparsable:
        return Span(path)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two the reader would take one, and a reviewer may have read the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise _Fault(f"the key {_shown(twice)} stands twice in one object", f"キー {_shown(twice)} が重複しています")
    return found


def _number(name: str) -> None:
    raise _Fault(f"{name} is no JSON value", f"{name} は JSON の値ではありません")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True) if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the baseline file."""
    special: dict[str, dict[str, Any]] = {"verdict": {"enum": list(_VERDICTS)}, "fingerprint": {"pattern": f"^{_PRINT.pattern}$"}}
    properties = {
        key: {"type": "string", "maxLength": LENGTH, **special.get(key, {}), "description": f"{about.en} / {about.ja}"}
        for key, about in FIELDS.items()
    }
    entry = {"type": "object", "required": list(FIELDS), "properties": properties, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cloudpolicy baseline",
        "type": "object",
        "required": ["version", "entries"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": VERSION},
            "fingerprints": {"const": FINGERPRINTS},
            "entries": {"type": "array", "items": entry},
        },
    }
