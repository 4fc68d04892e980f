"""Text for people, always in Japanese and English."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Language = Literal["ja", "en"]


class Text:
    """One sentence in both languages; the reporter picks one."""

    __slots__ = ("en", "ja")

    def __init__(self, en: str, ja: str) -> None:
        self.en = en
        self.ja = ja

    def pick(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.en, self.ja) == (other.en, other.ja)

    def __hash__(self) -> int:
        return hash((self.en, self.ja))

    def __repr__(self) -> str:
        return f"Text({self.en!r})"


def locale_language() -> Language:
    """The language of the environment, as programs of this machine speak."""
    for name in ("CLOUDPOLICY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "ja" if value.lower().startswith("ja") else "en"
    if sys.platform == "win32":
        import ctypes

        return "ja" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x11 else "en"
    return "en"
