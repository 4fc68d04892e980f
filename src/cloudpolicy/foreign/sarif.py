"""SARIF 2.1.0 of any tool: a run per tool, a result per finding."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from cloudpolicy.foreign.cfn_lint import UNREAD, unread
from cloudpolicy.foreign.results import Result, Results
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.foreign.results import Outcome
    from cloudpolicy.foreign.shape import Node

# §3.27.9: what `kind` says; anything else, and its absence, is a failure
_OUTCOMES: dict[str, Outcome] = {
    "pass": "pass",
    "open": "open",
    "review": "open",
    "informational": "open",
    "notApplicable": "not_applicable",
}


def fits(value: Any) -> bool:
    return isinstance(value, dict) and "runs" in value


def read(node: Node) -> Results:
    """Raises Unreadable where a run has another shape."""
    version = node.get("version").text()
    if version != "2.1.0":
        raise node.get("version").wrong(
            f"is {version or 'missing'}; SARIF 2.1.0 is read", f"が {version or 'ありません'}(読み取れるのは SARIF 2.1.0)"
        )
    results: list[Result] = []
    problems: list[Diagnostic] = []
    tools: list[str] = []
    if node.get("runs").value is None:
        raise node.get("runs").wrong("is missing", "がありません")
    for run in node.get("runs").items():
        driver = run.get("tool").get("driver")
        tool = driver.get("name").name()
        tools.append(f"{tool} {driver.get('version').text() or driver.get('semanticVersion').text()}".rstrip())
        problems += _problems(run, tool)
        if run.get("results").value is None:  # §3.14.23: null means that the tool did not get so far
            problems.append(
                Diagnostic(
                    "error",
                    "not-read-there",
                    Text(f"{tool} wrote no list of results: it did not finish", f"{tool} の結果一覧がありません(実行が完了していません)"),
                    Span(node.path),
                )
            )
        rules = [_Rule(rule) for rule in driver.get("rules").items()]
        titles = {rule.id: rule.title for rule in rules}
        for item in run.get("results").items():
            if item.get("baselineState").text() == "absent":  # gone since the tool's own baseline: no result of this state
                continue
            result = _result(item, run, tool, rules, titles)
            if tool.lower() == "cfn-lint" and result.rule in UNREAD:
                problems.append(unread(tool, node.path, result.rule, "".join(result.files[:1]), item.get("message").get("text").text()))
            else:
                results.append(result)
    return Results(node.path, results, problems, tools)


class _Rule:
    __slots__ = ("id", "title")

    def __init__(self, node: Node) -> None:
        self.id = node.get("id").name()
        described = node.get("shortDescription").get("text").text() if node.get("shortDescription").value is not None else ""
        self.title = described or node.get("name").text()


def _result(item: Node, run: Node, tool: str, rules: list[_Rule], titles: dict[str, str]) -> Result:
    rule = _rule_of(item, rules)
    suppressions = list(item.get("suppressions").items())
    outcome: Outcome = _OUTCOMES.get(item.get("kind").text(), "fail")
    reason = ""
    # §3.35: in force when there is one and none is rejected or under review
    if suppressions and not any(entry.get("status").text() in ("rejected", "underReview") for entry in suppressions):
        outcome = "skip" if outcome == "fail" else outcome
        reason = next(filter(None, (entry.get("justification").text() for entry in suppressions)), "")
    place = next(item.get("locations").items(), None)
    files: list[str] = []
    line = column = 1
    end_line = end_column = 0
    address = ""
    if place is not None:
        physical = place.get("physicalLocation")
        if physical.value is not None:
            files = _files(physical.get("artifactLocation"), run)
            region = physical.get("region")
            if region.value is not None:
                line, column = region.get("startLine").number(), region.get("startColumn").number()
                end_line = region.get("endLine").number(default=line)
                end_column = region.get("endColumn").number(default=0)
                end_column = max(0, end_column - 1)
    return Result(
        tool=tool,
        rule=rule,
        title=titles.get(rule, ""),
        outcome=outcome,
        files=files,
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        reason=reason,
        address=address,
    )


def _rule_of(item: Node, rules: list[_Rule]) -> str:
    """§3.27.5: the id stands in the result, in its `rule`, or is reached by an index."""
    reference = item.get("rule")
    for holder in (item.get("ruleId"), reference.get("id") if reference.value is not None else None):
        if holder is not None and holder.text():
            return holder.text()
    for holder in (item.get("ruleIndex"), reference.get("index") if reference.value is not None else None):
        number = holder.number(least=0, default=-1) if holder is not None else -1
        if 0 <= number < len(rules):
            return rules[number].id
    raise item.get("ruleId").wrong("is missing, and no ruleIndex leads to a rule", "がなく、ruleIndex からもルールが分かりません")


def _files(location: Node, run: Node) -> list[str]:
    """The names that the artifact may have here: below its base where the run tells one, and as it stands."""
    if location.value is None:
        return []
    uri = location.get("uri").value
    if not isinstance(uri, str) or not uri:
        index = location.get("index").number(least=0, default=-1)
        artifacts = list(run.get("artifacts").items()) if index >= 0 else []
        if not 0 <= index < len(artifacts):
            return []
        return _files(artifacts[index].get("location"), run)
    names = []
    base = location.get("uriBaseId").text()
    bases = run.get("originalUriBaseIds")
    if base and bases.value is not None and bases.get(base).value is not None:
        top = bases.get(base).get("uri").value
        if isinstance(top, str) and top:
            names.append(_name(top.rstrip("/") + "/" + uri))
    names.append(_name(uri))
    return names


def _name(uri: str) -> str:
    """A file name from a URI; one that a tool wrote unencoded ("C:\\\\x.tf") is kept as it is."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    if parts.scheme == "file":
        name = unquote(parts.path)
        return name[1:] if len(name) > 2 and name[0] == "/" and name[2] == ":" else name  # file:///C:/x
    return uri if parts.scheme else unquote(uri)


def _problems(run: Node, tool: str) -> list[Diagnostic]:
    found = []
    for invocation in run.get("invocations").items():
        told = False
        for notification in invocation.get("toolExecutionNotifications").items():
            if notification.get("level").text() == "error":
                message = notification.get("message").get("text").text() if notification.get("message").value is not None else ""
                found.append(_problem(run.path, tool, message or "?"))
                told = True
        if invocation.get("executionSuccessful").value is False and not told:
            found.append(_problem(run.path, tool, "executionSuccessful = false"))
    return found


def _problem(path: str, tool: str, message: str) -> Diagnostic:
    text = Text(
        f"{tool} reported an error of its own, so its results are not complete: {message}",
        f"{tool} 自身がエラーを報告しているため、結果は完全ではありません: {message}",
    )
    return Diagnostic("error", "not-read-there", text, Span(path))
