"""Colours and line-drawing marks of the text report: all of them, or none on a console that cannot show them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.reports import Style

_TONES = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "unknown": "35",
    "pass": "32",
    "error": "1;31",
    "warning": "33",
    "note": "36",
}
_BADGES = {"critical": "1;97;41", "high": "1;31", "medium": "1;33", "low": "1;36"}


class Paint:
    """`bold`, `dim` and `off` are escape sequences, or empty without colour."""

    __slots__ = ("_color", "bar", "bold", "dim", "dot", "ellipsis", "off", "rule")

    def __init__(self, style: Style) -> None:
        self._color = style.color
        self.bold = "\x1b[1m" if style.color else ""
        self.dim = "\x1b[2m" if style.color else ""
        self.off = "\x1b[0m" if style.color else ""
        self.bar, self.rule, self.dot, self.ellipsis = ("│", "─", "·", "…") if style.unicode else ("|", "-", "/", "...")

    def tone(self, name: str) -> str:
        """The beginning of the colour `name` (a severity, verdict or kind of diagnostic)."""
        return f"\x1b[{_TONES[name]}m" if self._color else ""

    def badge(self, severity: str, label: str) -> str:
        return f"\x1b[{_BADGES[severity]}m {label} \x1b[0m" if self._color else f"[{label}]"
