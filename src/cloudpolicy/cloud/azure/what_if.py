"""Validate and what-if: what deploying a template would make, asked without deploying it."""

from __future__ import annotations

from cloudpolicy.cloud.azure.connection import inner
from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.cloud.settled import MASK
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.cloud.azure.connection import Connection
    from cloudpolicy.model import Severity

VALIDATE = "Microsoft.Resources/deployments/validate/action"
WHAT_IF = "Microsoft.Resources/deployments/whatIf/action"
_NAME = "cloudpolicy-preview"  # no deployment of this name is made
# The service's checks of the resources, without asking whether the caller might write them: whoever previews may only read.
_LEVEL = "ProviderNoRbac"
_NOT_DONE = ("failed", "canceled")
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning"}


class Answer:
    """changes    [{resourceId, changeType, before, after, delta, unsupportedReason …}] as the service gives them
    potential  changes of which the service says only that they may happen
    problems   what the service says of the template
    """

    __slots__ = ("changes", "potential", "problems")

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.potential: list[dict[str, Any]] = []
        self.problems: list[Diagnostic] = []


class Scope:
    """Where the template would be deployed: a resource group, or the connection's subscription with a location for the deployment's record."""

    __slots__ = ("group", "location")

    def __init__(self, group: str | None, location: str | None) -> None:
        self.group = group
        self.location = location


def ask(connection: Connection, scope: Scope, template: dict[str, Any], parameters: dict[str, Any], secrets: Iterable[str]) -> Answer:
    """What deploying `template` with `parameters` ({name: {"value" or "reference": …}}) would make; raises CloudError.

    secrets  values that no message may repeat
    """
    deployments = connection.deployments.deployments
    where: tuple[str, ...] = (_NAME,) if scope.group is None else (scope.group, _NAME)
    body: dict[str, Any] = {
        "properties": {"mode": "Incremental", "template": template, "parameters": parameters, "validationLevel": _LEVEL}
    }
    if scope.group is None:
        body["location"] = scope.location
    answer = Answer()
    hidden = [secret for secret in secrets if secret]
    validate = deployments.begin_validate_at_subscription_scope if scope.group is None else deployments.begin_validate
    predict = deployments.begin_what_if_at_subscription_scope if scope.group is None else deployments.begin_what_if
    told = _asked(connection, VALIDATE, validate, where, body, hidden)
    _listen(answer, told, hidden)
    settings = {"whatIfSettings": {"resultFormat": "FullResourcePayloads"}}
    told = _asked(connection, WHAT_IF, predict, where, {**body, "properties": {**body["properties"], **settings}}, hidden)
    _listen(answer, told, hidden)
    properties = told.get("properties") or {}
    answer.changes = properties.get("changes") or []
    answer.potential = properties.get("potentialChanges") or []
    return answer


def _asked(
    connection: Connection, action: str, begin: Any, where: tuple[str, ...], body: dict[str, Any], hidden: list[str]
) -> dict[str, Any]:
    try:
        told = connection.ask(action, begin, *where, body)
    except CloudError as error:
        if error.diagnostic.code != "cloud-error":
            raise
        said = error.diagnostic.text
        raise _refused(_masked(said.en, hidden), _masked(said.ja, hidden)) from None
    fault = told.get("error")
    if fault:
        said_ = _masked(inner(str(fault.get("code") or ""), str(fault.get("message") or ""), fault.get("details")), hidden)
        raise _refused(said_, said_)
    state = str(told.get("status") or (told.get("properties") or {}).get("provisioningState") or "")
    if state.lower() in _NOT_DONE:
        raise CloudError(
            "no-answer",
            f"{action} ended as {state}, and the service does not say why; try again",
            f"{action} が {state} で終わりました。理由は示されていません。再実行してください",
        )
    return told


def _refused(en: str, ja: str) -> CloudError:
    return CloudError("preview-refused", f"the service refuses the template: {en}", f"サービスがテンプレートを拒否しました: {ja}")


def _listen(answer: Answer, told: dict[str, Any], hidden: list[str]) -> None:
    for one in (told.get("properties") or {}).get("diagnostics") or ():
        said = _masked(f"{one.get('code')}: {one.get('message')}"[:400], hidden)
        severity = _SEVERITIES.get(str(one.get("level")).lower(), "note")
        if not any(problem.text.en == said for problem in answer.problems):
            answer.problems.append(Diagnostic(severity, "preview-diagnostic", Text(said, said)))


def _masked(text: str, hidden: list[str]) -> str:
    for secret in hidden:
        text = text.replace(secret, MASK)
    return text
