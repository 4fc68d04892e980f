"""What a cloud did not answer, as a diagnostic of a report."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

FINAL = frozenset({"no-credentials", "credentials-expired", "credentials-refused", "no-connection"})  # the next call would end the same way


class CloudError(Exception):
    """The cloud did not answer the question; `diagnostic` says why and what to do."""

    def __init__(self, code: str, en: str, ja: str) -> None:
        super().__init__(en)
        self.diagnostic = Diagnostic("error", code, Text(en, ja))


def placed(diagnostic: Diagnostic, file: str) -> Diagnostic:
    """A diagnostic of the service, at the file (or folder) it concerns: a report places everything."""
    return Diagnostic(diagnostic.severity, diagnostic.code, diagnostic.text, diagnostic.span or Span(file))


def cut_off(done: int, of: int, where: str) -> Diagnostic:
    """The network or the credentials went away half-way: how much of the work is in the report."""
    return Diagnostic(
        "error",
        "partial",
        Text(
            f"partial: {done} of {of} in {where} were judged, the rest could not be had; run this again",
            f"一部のみの結果です: {where} の {of} 件中 {done} 件だけを判定しました。残りは取得できていません。再実行してください",
        ),
    )
