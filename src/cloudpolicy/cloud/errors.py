"""What a cloud did not answer, as a diagnostic of a report."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text


class CloudError(Exception):
    """The cloud did not answer the question; `diagnostic` says why and what to do."""

    def __init__(self, code: str, en: str, ja: str) -> None:
        super().__init__(en)
        self.diagnostic = Diagnostic("error", code, Text(en, ja))


def placed(diagnostic: Diagnostic, file: str) -> Diagnostic:
    """A diagnostic of the service, at the file (or folder) it concerns: a report places everything."""
    return Diagnostic(diagnostic.severity, diagnostic.code, diagnostic.text, diagnostic.span or Span(file))
