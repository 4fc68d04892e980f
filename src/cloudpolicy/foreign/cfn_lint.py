"""cfn-lint's `--format json`: a list of matches. What it does not list it did not find: there are no passes."""

from __future__ import annotations

from cloudpolicy.foreign.results import Result, Results
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.foreign.shape import Node

TOOL = "cfn-lint"
UNREAD = ("E0000", "E0001", "E0002")  # the template cannot be parsed or transformed, or a rule broke down on it


def fits(value: Any) -> bool:
    """An empty list is what cfn-lint writes when it has nothing to say; Checkov and SARIF never do."""
    return isinstance(value, list) and (not value or (isinstance(value[0], dict) and "Rule" in value[0] and "Location" in value[0]))


def read(node: Node) -> Results:
    """Raises Unreadable where a match has another shape."""
    results: list[Result] = []
    problems: list[Diagnostic] = []
    for match in node.items():
        rule = match.get("Rule").get("Id").name()
        file = match.get("Filename").name()
        if rule in UNREAD:
            problems.append(unread(TOOL, node.path, rule, file, match.get("Message").text()))
            continue
        location = match.get("Location")
        start, end = location.get("Start"), location.get("End")
        path = [item.value for item in location.get("Path").items()]
        inside = path[:1] == ["Resources"] and len(path) > 1
        results.append(
            Result(
                tool=TOOL,
                rule=rule,
                title=match.get("Rule").get("ShortDescription").text(),
                outcome="fail",
                files=[file],
                line=start.get("LineNumber").number(),
                column=start.get("ColumnNumber").number(),
                end_line=end.get("LineNumber").number(),
                end_column=max(0, end.get("ColumnNumber").number() - 1),
                format="cloudformation",
                source="template",
                type=None if inside else "",  # parameters, outputs and the like are of no resource type
                address=str(path[1]) if inside else "",
                attribute=_attribute(path[3:] if path[2:3] == ["Properties"] else path[2:]) if inside else "",
            )
        )
    return Results(node.path, results, problems, [TOOL])


def unread(tool: str, path: str, rule: str, file: str, message: str) -> Diagnostic:
    """The tool could not read a file: nothing is known of it, so that the import is not complete."""
    text = Text(
        f"{tool} could not read {file} ({rule}: {message}): nothing is known of it. Correct the file and run {tool} again",
        f"{tool} が {file} を読み取れなかったため({rule}: {message})、判定がありません。修正して {tool} を再実行してください",
    )
    return Diagnostic("error", "not-read-there", text, Span(path))


def _attribute(path: list[Any]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
