"""A template of the repository as Azure would deploy it -> Report, with what the text alone left open shown as settled."""

from __future__ import annotations

from cloudpolicy import decisions, sources
from cloudpolicy.cloud import doubts, settled
from cloudpolicy.cloud.azure import predicted, template, what_if
from cloudpolicy.cloud.errors import CloudError, placed
from cloudpolicy.scan import Scanner, assemble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudpolicy.cloud.azure.connection import Connection
    from cloudpolicy.cloud.azure.what_if import Scope
    from cloudpolicy.findings import Report
    from cloudpolicy.scan import Request


def report(request: Request, connect: Callable[[], Connection], scope: Scope) -> Report:
    """The preview of the one template that the request names; raises ConfigError and CloudError. `connect` is called once all is well here."""
    scanner = Scanner(request)
    (path,) = request.paths
    options = scanner.options(request.config.at(path))
    body = template.body(path, options)
    _fits(template.level(body), scope)
    given, secrets = template.given(path, body, options)
    text = sources.read(sources.Unit("arm", path), options)
    _, before, _ = scanner.judge(text)
    answer = what_if.ask(connect(), scope, body, given, secrets)
    estate = sources.read(sources.Unit("arm", path), options)
    estate.source = "preview"
    untold, problems = predicted.lay_over(estate, answer)
    result = doubts.judge(scanner, estate, untold)
    made = assemble(scanner, [result], [placed(problem, path) for problem in (*answer.problems, *problems)])
    made.run["origin"] = "preview"
    made.diagnostics += settled.verdicts(before, result[1], estate)
    decisions.apply(made, request, scanner.known)
    return made


def _fits(level: str, scope: Scope) -> None:
    if level == ("subscription" if scope.group is None else "resourceGroup"):
        return
    if level == "subscription":
        en, ja = (
            "a subscription: leave --resource-group out and give --location",
            "サブスクリプション: --resource-group を外し、--location を指定してください",
        )
    elif level == "resourceGroup":
        en, ja = "a resource group: give --resource-group", "リソースグループ: --resource-group を指定してください"
    else:
        en, ja = f"a {level}, which is not previewed", f"{level}(プレビューの対象外)"
    raise CloudError(
        "other-scope", f"the template's $schema says that it is deployed to {en}", f"テンプレートの $schema が示す配備先: {ja}"
    )
