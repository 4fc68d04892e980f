"""Indentation of heredocs, token by token as HashiCorp's HCL library does it.

`tokens` are the literal lines of one heredoc in their order, each as (the list of parts it is in, its place there), with None where an
interpolation or directive stands between them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def dedent(tokens: list[Any]) -> None:
    """`<<-`: take the smallest indentation off every line, as HCL does: after `~` has stripped, and lines of spaces do not count."""
    found: list[tuple[list[Any], int, int]] = []
    margin: int | None = None
    fresh = True
    for token in tokens:
        if token is None:
            if fresh:
                margin = 0
            fresh = False
            continue
        parts, at = token
        text = parts[at]
        if fresh and not (text.endswith("\n") and not text.strip()):
            indent = len(text) - len(text.lstrip(" \t"))
            margin = indent if margin is None else min(margin, indent)
            found.append((parts, at, indent))
        fresh = text.endswith("\n")
    if margin:
        for parts, at, _ in found:
            parts[at] = parts[at][margin:]


def merge(tokens: list[Any]) -> None:
    """Join literal parts that stand side by side, and drop empty ones."""
    done: set[int] = set()
    for token in tokens:
        if token is None or id(token[0]) in done:
            continue
        parts = token[0]
        done.add(id(parts))
        merged: list[Any] = []
        pending: list[str] = []
        for part in [*parts, None]:
            if isinstance(part, str):
                pending.append(part)
                continue
            text = "".join(pending)
            pending = []
            if text:
                merged.append(text)
            if part is not None:
                merged.append(part)
        parts[:] = merged
