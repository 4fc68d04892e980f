"""Periodic checks in a pack: reports of what was deployed on some days (`cloudpolicy live`), as they are, with a table of them to read."""

from __future__ import annotations

import json
import re

from cloudpolicy.cloud.errors import DIFFERENCES
from cloudpolicy.handover.snapshot import REPORT, Unusable, read
from cloudpolicy.reports.markdown import cell
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from cloudpolicy.texts import Language

TABLE = "periodic.md"
_HEAD = (
    Text("checked (UTC)", "検査日時(UTC)"),
    Text("cloud", "クラウド"),
    Text("scope", "範囲"),
    Text("resources", "リソース"),
    Text("fail", "不適合"),
    Text("unknown", "判定不能"),
    Text("differences", "差異"),
    Text("not read", "取得できなかったもの"),
    Text("report", "レポート"),
)
_TITLE = Text("Periodic checks of what is deployed", "配備済みリソースの定期点検")


class Check:
    """One report of `live`.

    data  its bytes, as they were given
    name  of its file in the pack: "periodic-2026-04-01-aws.json"
    row   the cells of the table, for people
    """

    __slots__ = ("at", "data", "exit_status", "name", "provider", "row")

    def __init__(self, data: bytes, content: dict[str, Any]) -> None:
        asked, summary = content["run"]["asked"], content["summary"]
        self.data = data
        self.at = str(asked["at"])
        self.provider = str(asked["provider"])
        self.exit_status = int(summary["exit_status"])
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", self.at) or self.provider not in ("aws", "azure"):
            raise ValueError
        told = content["diagnostics"]
        differences = sum(one["code"] in DIFFERENCES for one in told)
        unread = sum(one["severity"] == "error" for one in told)
        numbers = (summary["resources"], summary["fail"], summary["unknown"], differences, unread)
        self.row = [self.at, self.provider, _scope(asked), *(f"{int(number):,}" for number in numbers)]
        self.name = ""

    def call(self, taken: set[str]) -> None:
        """Give its file a name that is not `taken`, and take it."""
        stem = f"periodic-{self.at[:10]}-{self.provider}"
        names = (f"{stem}{f'-{number}' if number > 1 else ''}.json" for number in range(1, len(taken) + 2))
        self.name = next(name for name in names if name not in taken)
        taken.add(self.name)
        self.row.append(self.name)


def load(paths: Iterable[str]) -> list[Check]:
    """The reports at `paths`, by time; raises Unusable."""
    found: list[Check] = []
    for path in paths:
        try:
            data = read(path)
            content = json.loads(data)
            if not isinstance(content, dict) or content.get("schema") != REPORT:
                raise ValueError
            found.append(Check(data, content))
        except OSError as error:
            raise Unusable(Text(f"{path} cannot be read: {error.strerror}", f"{path} を読み取れません: {error.strerror}")) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            raise Unusable(
                Text(
                    f"{path} is no report of cloudpolicy live (live … --output FILE.json)",
                    f"{path} は cloudpolicy live のレポート(live … --output FILE.json)ではありません",
                )
            ) from None
    found.sort(key=lambda check: check.at)
    taken: set[str] = set()
    for check in found:
        check.call(taken)
    return found


def files(checks: Sequence[Check], language: Language) -> dict[str, bytes]:
    """File name -> content of the pack's part about them; nothing where there are none."""
    if not checks:
        return {}
    head = [text.pick(language) for text in _HEAD]
    rows = [head, ["---", "---", "---", *["---:"] * 5, "---"], *(check.row for check in checks)]
    lines = [f"# {_TITLE.pick(language)}", "", *(f"| {' | '.join(row)} |" for row in rows), ""]
    return {**{check.name: check.data for check in checks}, TABLE: "\n".join(lines).encode("utf-8", "backslashreplace")}


def facts(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """What the manifest says of them."""
    return [{"path": check.name, "at": check.at, "provider": check.provider, "exit_status": check.exit_status} for check in checks]


def _scope(asked: dict[str, Any]) -> str:
    parts = []
    for key in ("subscription", "regions", "resource_groups", "stacks"):
        value = asked.get(key)
        parts += [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
    return cell(", ".join(parts)[:200])
