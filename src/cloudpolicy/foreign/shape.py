"""Reading a parsed document whose shape nobody has promised: each value is checked where it is taken, and the error names its place."""

from __future__ import annotations

from cloudpolicy.sources.files import unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.sources.files import Unreadable

LONGEST = 400  # characters of a foreign title or reason that are kept
LARGEST = 10_000_000  # a line or column beyond it is no place in a file


class Node:
    """A value of the document with the way to it, as people write it: `[0].results.failed_checks[3]`."""

    __slots__ = ("at", "path", "value")

    def __init__(self, value: Any, path: str, at: str = "") -> None:
        self.value = value
        self.path = path
        self.at = at

    def wrong(self, en: str, ja: str) -> Unreadable:
        """The error to raise when this value is not what it must be."""
        place, place_ja = (f"`{self.at}` ", f"`{self.at}` ") if self.at else ("the document ", "文書全体")
        return unreadable(self.path, "wrong-shape", f"{place}{en}", f"{place_ja}{ja}")

    def get(self, key: str) -> Node:
        """The member `key` of an object; its value is None when it is not there."""
        return Node(self.table().get(key), self.path, f"{self.at}.{key}" if self.at else key)

    def table(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong("is no object", "はオブジェクトではありません")
        return self.value

    def items(self) -> Iterator[Node]:
        """The elements of a list; none when it is not there."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.wrong("is no list", "はリストではありません")
        for number, value in enumerate(self.value):
            yield Node(value, self.path, f"{self.at}[{number}]")

    def name(self) -> str:
        """Text that must be there."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("must be a text that is not empty", "には空でない文字列が必要です")
        return self.value

    def text(self) -> str:
        """Text that may be left out, in one line and of a bearable length; "" for anything else."""
        if not isinstance(self.value, str):
            return ""
        line = " ".join(self.value[: 4 * LONGEST].split())
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"

    def number(self, least: int = 1, default: int = 1) -> int:
        """A line or column that may be left out; what cannot be one counts as left out."""
        value = self.value
        return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST else default
