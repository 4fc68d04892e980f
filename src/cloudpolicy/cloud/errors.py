"""What a cloud did not answer, as a diagnostic of a report."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.model import Estate

DIFFERENCES = ("differs-from-source", "drifted")  # codes of the warnings that what is deployed is not what it should be
FINAL = frozenset(
    {"no-credentials", "unusable-settings", "credentials-expired", "credentials-refused", "no-connection"}
)  # the next call would end the same way


class CloudError(Exception):
    """The cloud did not answer the question; `diagnostic` says why and what to do."""

    def __init__(self, code: str, en: str, ja: str) -> None:
        super().__init__(en)
        self.diagnostic = Diagnostic("error", code, Text(en, ja))


def untrusted(en: str, ja: str, variable: str) -> CloudError:
    """TLS could not be agreed on. `en` and `ja`: what was being asked; `variable`: what names the certificates to trust."""
    return CloudError(
        "no-connection",
        f"{en}: the server's certificate is not trusted; behind a proxy that reads TLS, name its certificate with {variable}",
        f"{ja}: サーバーの証明書を信頼できません。TLS を中継するプロキシ環境では、その証明書を {variable} で指定してください",
    )


class NotATemplate(CloudError):
    """The file could not be read: there is nothing to ask the cloud about."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        Exception.__init__(self, diagnostic.text.en)
        self.diagnostic = diagnostic


def unread(estate: Estate) -> Diagnostic | None:
    """Why nothing at all could be read of a template; None when something was."""
    return None if estate.resources else next((problem for problem in estate.diagnostics if problem.severity == "error"), None)


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
