"""A waivers file -> Waivers, each with its state on one day; and the JSON Schema of the file."""

from __future__ import annotations

import datetime
import re
import unicodedata

from cloudpolicy.findings import Waiver
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.sources import files
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.cache.entries import Entries

    Written = tuple[Any, Span]  # an entry as it stands, and where
    Known = Callable[[str], str | None]  # the id of the policy of this id or alias, None when there is none

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_INDEX = re.compile(r"\[[^\]]*\]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOBODY = frozenset(
    {"-", "?", "tbd", "tba", "todo", "none", "n/a", "na", "pending", "unknown", "未定", "未承認", "承認待ち", "なし", "無し"}
)
LENGTH = 2000  # characters of one value

# key -> (whether every waiver has it, what it is for)
FIELDS: dict[str, tuple[bool, Text]] = {
    "id": (
        True,
        Text("Its own name, such as W-001: reports and comments refer to it.", "識別子(例: W-001)。レポートとコメントから参照する"),
    ),
    "policy": (True, Text("Id of the one policy that it is about.", "対象のポリシー ID(1 つだけ)")),
    "resource": (
        False,
        Text(
            "Resource address; * stands for any run of characters. It or `file` is needed.",
            "リソースのアドレス。* は任意の文字列。resource か file のどちらかは必須",
        ),
    ),
    "file": (
        False,
        Text(
            "File or folder, relative to this file; * within a name, ** across folders.",
            "このファイルからの相対パス(ファイルまたはフォルダ)。* はフォルダ内、** はフォルダをまたぐ",
        ),
    ),
    "reason": (True, Text("Why the exception is acceptable.", "例外を認める理由")),
    "clause": (False, Text("Clause of the guideline that grants the exception.", "例外を認める根拠となる条項")),
    "requested_by": (True, Text("Who asked for it.", "申請者(設定者)")),
    "approved_by": (True, Text("Who approved it; never the one who asked.", "承認者(設定管理者)。申請者と同じ人は不可")),
    "ticket": (False, Text("Where the approval is recorded.", "承認の記録(チケット番号、決裁番号など)")),
    "granted": (True, Text("First day on which it counts (Japan).", "有効期間の初日(日本時間)")),
    "expires": (True, Text("Last day on which it counts (Japan).", "有効期間の最終日(日本時間。当日を含む)")),
}


class _Malformed(Exception):
    def __init__(self, en: str, ja: str) -> None:
        super().__init__(en)
        self.text = Text(en, ja)


def read(path: str, base: str, day: str, longest: int, known: Known, kept: Entries | None = None) -> tuple[list[Waiver], list[Diagnostic]]:
    """Every entry of the file, and why the file as a whole cannot be taken (then no entry of it counts).

    `base` is the folder outside of which no link is followed, `day` today's ISO date, `longest` the days that a waiver may last; `kept` spares
    parsing a text that an earlier run parsed. Never raises.
    """
    try:
        data = files.read_bytes(path, base)
    except files.Unreadable as error:
        return [], [_refused(error.diagnostic)]
    if kept is None:
        return parse(path, data, day, longest, known)
    from cloudpolicy.cache.entries import key_of

    key = key_of("waivers", data)
    entries = _kept(kept.load(key), path)
    if entries is None:
        entries, problems = _entries(path, data)
        if problems:
            return [], problems
        kept.keep(key, [[entry, span.line, span.column, span.end_line, span.end_column] for entry, span in entries])
    return _judged(entries, day, longest, known), []


def _kept(rows: Any, path: str) -> list[Written] | None:
    """What `read` kept, None when it is anything else."""
    try:
        found = [(entry, numbers) for entry, *numbers in rows]
    except (TypeError, ValueError):
        return None
    if not all(len(numbers) == 4 and all(type(number) is int for number in numbers) for _, numbers in found):
        return None
    return [(entry, Span(path, *numbers)) for entry, numbers in found]


def parse(path: str, data: bytes, day: str, longest: int, known: Known) -> tuple[list[Waiver], list[Diagnostic]]:
    """As `read`, from the file's bytes (UTF-8 without a byte order mark)."""
    entries, problems = _entries(path, data)
    return _judged(entries, day, longest, known), problems


def _entries(path: str, data: bytes) -> tuple[list[Written], list[Diagnostic]]:
    from cloudpolicy.sources.cloudformation import text as yaml_or_json

    try:
        document = yaml_or_json.parse(path, data)
    except yaml_or_json.Unparsable as error:
        if error.diagnostic.code == "empty-file":
            return [], []
        return [], [_refused(error.diagnostic)]
    if any(problem.severity == "error" for problem in document.problems):
        return [], [_refused(problem) for problem in document.problems]
    content = document.data
    if content is None or content == {}:
        return [], []
    entries = content.get("waivers") if isinstance(content, dict) else None
    if entries is None and isinstance(content, dict) and set(content) == {"waivers"}:
        return [], []
    if not isinstance(entries, list) or set(content) != {"waivers"}:
        strange = next((key for key in content if key != "waivers"), "") if isinstance(content, dict) else ""
        span = document.nearest((strange,)) if strange else Span(path)
        hint = f"; `{_shown(strange)}` is not known here" if strange else ""
        hint_ja = f"。`{_shown(strange)}` というキーは使えません" if strange else ""
        text = Text(f"holds one key, `waivers`, with a list under it{hint}", f"`waivers` というキーの下にリストを書いてください{hint_ja}")
        return [], [_refused(Diagnostic("error", "invalid-waivers", text, span))]
    return [(entry, document.nearest(("waivers", number))) for number, entry in enumerate(entries)], []


def _judged(entries: list[Written], day: str, longest: int, known: Known) -> list[Waiver]:
    waivers: list[Waiver] = []
    taken: dict[str, int] = {}
    for entry, span in entries:
        waiver = _taken(entry, span)
        judge(waiver, entry, day, longest, known)
        if waiver.id and waiver.id in taken:
            line = taken[waiver.id]
            waiver.state = "malformed"
            waiver.fault = Text(f"the id {waiver.id} stands twice (line {line})", f"ID {waiver.id} が重複しています({line} 行目)")
        taken.setdefault(waiver.id, waiver.span.line)
        waivers.append(waiver)
    return waivers


def _refused(problem: Diagnostic) -> Diagnostic:
    from cloudpolicy.sources.cloudformation.problems import NOTHING_JUDGED

    text = Text(
        f"waivers file: {problem.text.en.removesuffix(NOTHING_JUDGED.en)}; until it is corrected none of its waivers counts",
        f"例外承認ファイル: {problem.text.ja.removesuffix(NOTHING_JUDGED.ja)}。修正するまで、このファイルの例外承認はすべて無効です",
    )
    return Diagnostic("error", "invalid-waivers", text, problem.span)


def _taken(entry: Any, span: Span) -> Waiver:
    """What the entry says, as far as it says it in text."""
    values = {}
    if isinstance(entry, dict):
        for key in FIELDS:
            value = entry.get(key)
            if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                values[key] = str(value).strip()[:LENGTH]
    values["file"] = values.get("file", "").removeprefix("./").rstrip("/")
    return Waiver(span, **values)


def judge(waiver: Waiver, entry: Any, day: str, longest: int, known: Known) -> None:
    """Set the waiver's state on `day`, and its fault where it does not count."""
    try:
        _check_form(waiver, entry, known)
        _check_days(waiver, longest)
    except _Malformed as error:
        waiver.state, waiver.fault = "malformed", error.text
        return
    unapproved = _unapproved(waiver)
    broad = _too_broad(waiver)
    if unapproved is not None:
        waiver.state, waiver.fault = "unapproved", unapproved
    elif broad is not None:
        waiver.state, waiver.fault = "too-broad", broad
    elif day > waiver.expires:
        waiver.state = "expired"
        waiver.fault = Text(
            f"expired on {waiver.expires}: correct what it covers, or have it approved anew with new dates",
            f"{waiver.expires} に期限が切れました。対象を修正するか、新しい期間で承認を取り直してください",
        )
    elif day < waiver.granted:
        waiver.state = "not-yet-valid"
        waiver.fault = Text(f"counts from {waiver.granted} on", f"{waiver.granted} から有効になります")


def _check_form(waiver: Waiver, entry: Any, known: Known) -> None:
    if not isinstance(entry, dict):
        raise _Malformed("is not a mapping of keys to values", "「キー: 値」の形で書かれていません")
    for key, value in entry.items():
        if key not in FIELDS:
            import difflib

            near = difflib.get_close_matches(key[:100], FIELDS, 1)
            hint, hint_ja = (f"; did you mean `{near[0]}`?", f"。`{near[0]}` の誤りではありませんか") if near else ("", "")
            raise _Malformed(f"there is no key `{_shown(key)}`{hint}", f"`{_shown(key)}` というキーはありません{hint_ja}")
        if value is not None and (isinstance(value, bool) or not isinstance(value, (str, int, float))):
            raise _Malformed(f"`{key}` wants one line of text", f"`{key}` には文字列を書いてください")
        if len(str(value)) > LENGTH:
            raise _Malformed(f"`{key}` is longer than {LENGTH:,} characters", f"`{key}` が {LENGTH:,} 文字を超えています")
    missing = [key for key, (needed, _) in FIELDS.items() if needed and key != "approved_by" and not getattr(waiver, key)]
    if missing:
        names = ", ".join(f"`{key}`" for key in missing)
        raise _Malformed(f"lacks {names}", f"{names} がありません")
    if not ID.fullmatch(waiver.id):
        raise _Malformed(
            f"the id {_shown(waiver.id)!r} wants letters, digits, . _ - only", f"ID {_shown(waiver.id)!r} には英数字と . _ - だけが使えます"
        )
    if not (waiver.resource or waiver.file):
        raise _Malformed("names neither `resource` nor `file`", "`resource` か `file` のどちらかが必要です")
    if waiver.file.startswith(("/", "\\")) or ".." in waiver.file.split("/") or ":" in waiver.file[:3]:
        raise _Malformed(
            "`file` is relative to the waivers file and stays below it", "`file` は例外承認ファイルからの相対パスで書いてください"
        )
    policy = known(waiver.policy)
    if policy is None:
        name = _shown(waiver.policy)
        raise _Malformed(
            f"there is no policy {name!r}; a waiver names one by its id (see: cloudpolicy policies)",
            f"ポリシー {name!r} はありません。ID で 1 つだけ指定してください(一覧: cloudpolicy policies)",
        )
    waiver.policy = policy


def day_of(text: str) -> datetime.date | None:
    """The date that `text` writes as YYYY-MM-DD, None when it is none."""
    try:
        return datetime.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _check_days(waiver: Waiver, longest: int) -> None:
    days = {}
    for key in ("granted", "expires"):
        value = getattr(waiver, key)
        day = day_of(value)
        if day is None:
            raise _Malformed(
                f"`{key}` wants a date such as 2027-03-31, not {_shown(value)!r}",
                f"`{key}` は 2027-03-31 の形の日付で書いてください({_shown(value)!r} は使えません)",
            )
        days[key] = day
    span = (days["expires"] - days["granted"]).days
    if span < 0:
        raise _Malformed("`expires` is before `granted`", "`expires` が `granted` より前の日付です")
    if span > longest:
        raise _Malformed(
            f"lasts {span:,} days; at most {longest:,} are allowed (waiver_max_days)",
            f"期間が {span:,} 日あります。上限は {longest:,} 日です(waiver_max_days)",
        )


def _unapproved(waiver: Waiver) -> Text | None:
    name = _person(waiver.approved_by)
    if not name or name in _NOBODY:
        return Text(
            "nobody has approved it: `approved_by` names the person who did", "承認者がいません。`approved_by` に承認した人を書いてください"
        )
    if name == _person(waiver.requested_by):
        return Text(
            "is approved by the person who asked for it: somebody else approves",
            "申請者と承認者が同じです。別の人(設定管理者)の承認が必要です",
        )
    return None


def _person(name: str) -> str:
    """A name as people compare it: without width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _too_broad(waiver: Waiver) -> Text | None:
    """A waiver is a decision about something: its resource or its file has a name in it."""
    last = re.split(r"[./]", _INDEX.sub("", waiver.resource))[-1]
    named = waiver.resource and re.sub(r"[*_-]", "", last)
    return None if named or names_file(waiver) else everything(waiver)


def names_file(waiver: Waiver) -> bool:
    """Whether its file has a name in it: `*.tf` has none, `stacks/*` has."""
    *folders, last = waiver.file.split("/")
    return any(part.strip("*.") for part in (*folders, re.sub(r"^\*+\.[\w.*]*$", "", last)))


def everything(waiver: Waiver) -> Text:
    shown = _shown(waiver.resource or waiver.file)
    return Text(
        f"`{shown}` covers everything of a kind: name the resource, or a file",
        f"`{shown}` は同種のものすべてに当てはまります。リソース名かファイルを特定してください",
    )


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the waivers file, for editors that check YAML."""
    text: dict[str, Any] = {"type": ["string", "number"], "maxLength": LENGTH}
    special: dict[str, dict[str, Any]] = {
        "id": {"type": "string", "pattern": f"^{ID.pattern}$"},
        "policy": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"},
        "granted": {"type": "string", "format": "date"},
        "expires": {"type": "string", "format": "date"},
    }
    properties = {key: {**special.get(key, text), "description": f"{about.en} / {about.ja}"} for key, (_, about) in FIELDS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cloudpolicy waivers",
        "type": "object",
        "required": ["waivers"],
        "additionalProperties": False,
        "properties": {
            "waivers": {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "required": [key for key, (needed, _) in FIELDS.items() if needed],
                    "anyOf": [{"required": ["resource"]}, {"required": ["file"]}],
                    "properties": properties,
                    "additionalProperties": False,
                },
            }
        },
    }
