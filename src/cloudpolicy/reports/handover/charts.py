"""Bars in plain SVG: one line per group, one piece per status, the numbers written beside it."""

from __future__ import annotations

from html import escape

from cloudpolicy.reports.columns import width
from cloudpolicy.reports.handover.plain import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LABEL, _BAR, _TOTAL, _ROW, _TEXT = 250, 340, 50, 30, 34  # pixels; the last in columns


def bars(title: str, groups: Sequence[tuple[str, Mapping[str, int]]], colours: Mapping[str, str], names: Mapping[str, str]) -> str:
    """An <svg> of stacked bars, each as long as the others and divided by its own numbers; `names` says what a piece is."""
    height = _ROW * len(groups)
    total = _LABEL + _BAR + _TOTAL
    said = "; ".join(f"{label}: " + ", ".join(f"{names[key]} {n}" for key, n in counts.items() if n) for label, counts in groups)
    parts = [f'<svg viewBox="0 0 {total} {height}" role="img" aria-label="{_safe(f"{title}. {said}")}">']
    for index, (label, counts) in enumerate(groups):
        top = index * _ROW
        parts.append(f'<text x="{_LABEL - 8}" y="{top + 20}" text-anchor="end">{_safe(_short(label))}</text>')
        left, whole = float(_LABEL), sum(counts.values())
        for key, number in counts.items():
            if number:
                size = _BAR * number / whole
                parts.append(
                    f'<rect x="{left:.1f}" y="{top + 5}" width="{size:.1f}" height="20" fill="{colours[key]}" stroke="#fff">'
                    f"<title>{_safe(f'{label}: {names[key]} {number:,}')}</title></rect>"
                )
                left += size
        parts.append(f'<text x="{_LABEL + _BAR + 6}" y="{top + 20}">{whole:,}</text>')
    return "".join(parts) + "</svg>"


def _short(text: str) -> str:
    if width(text) <= _TEXT:
        return text
    while width(text) > _TEXT - 1:
        text = text[:-1]
    return text + "…"


def _safe(text: str) -> str:
    return escape(plain(text))
