"""What all templates of one estate share while they are read: files, diagnostics, limits, notes."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.sources.cloudformation.problems import problem
from cloudpolicy.sources.cloudformation.text import Document, parse
from cloudpolicy.sources.files import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Resource
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.cloudformation.scope import Scope

BYTES_LIMIT = 2 * 1024 * 1024  # of one template; the service takes 1 MB
TEXT_LIMIT = 20_000_000  # characters that Sub and Join may make in one estate
TEMPLATE_LIMIT = 200  # nested templates in one estate
DIAGNOSTIC_LIMIT = 1_000


class Session:
    """`document` parses each file once, however many stacks use it."""

    __slots__ = (
        "_documents",
        "_seen",
        "diagnostics",
        "inputs",
        "notes",
        "opaque",
        "options",
        "resources",
        "scopes",
        "templates",
        "text_left",
    )

    def __init__(self, options: Options) -> None:
        self.options = options
        self.diagnostics: list[Diagnostic] = []
        self.inputs: list[str] = []
        self.opaque: list[str] = []
        self.notes: dict[str, Any] = {}
        self.resources: list[Resource] = []
        self.scopes: list[Scope] = []
        self.templates = 0
        self.text_left = TEXT_LIMIT
        self._documents: dict[str, Document] = {}
        self._seen: set[tuple[str, str]] = set()

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep the diagnostic, once: a text that is evaluated twice (two stacks of one template) has its mistakes once."""
        where = f"{diagnostic.span!r}"
        if (where, diagnostic.text.en) in self._seen or len(self._seen) > DIAGNOSTIC_LIMIT:
            return
        self._seen.add((where, diagnostic.text.en))
        if len(self._seen) > DIAGNOSTIC_LIMIT:
            diagnostic = problem(
                "error",
                "too-many-problems",
                Span(diagnostic.span.file if diagnostic.span else ""),
                f"has more than {DIAGNOSTIC_LIMIT:,} problems; correct these, the rest is not listed",
                f"問題が {DIAGNOSTIC_LIMIT:,} 件を超えています。まず表示分を修正してください(残りは省略しました)",
            )
        self.diagnostics.append(diagnostic)

    def spend(self, characters: int) -> bool:
        """Whether that much more text may be made: a long parameter in ten thousand Subs would fill the memory."""
        self.text_left -= characters
        return self.text_left >= 0

    def document(self, path: str) -> Document:
        """Raises Unreadable and Unparsable."""
        known = self._documents.get(path)
        if known is None:
            if path not in self.inputs:
                self.inputs.append(path)
            known = self._documents[path] = parse(path, read_bytes(path, self.options.base, BYTES_LIMIT))
            for diagnostic in known.problems:
                self.report(diagnostic)
        return known

    def release(self) -> list[Resource]:
        """The resources, with every circle opened: scans switch the cycle collector off, and an estate must go when nobody holds it."""
        for scope in self.scopes:
            scope.outputs = _no_outputs
        self.scopes = []
        resources, self.resources = self.resources, []
        return resources

    def note(self, key: str, items: list[Any]) -> None:
        """Add to a list in the notes; nothing appears for an empty list."""
        if items:
            self.notes.setdefault(key, []).extend(items)

    @staticmethod
    def normal(path: str) -> str:
        return os.path.normcase(journal.real(path))


def _no_outputs(name: str, output: str) -> None:
    """Nothing is evaluated after reading, so nothing asks."""
