"""What the readers of foreign results yield: one Result per judgement, in the foreign tool's words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from cloudpolicy.model import Diagnostic, Format

    Outcome = Literal["fail", "pass", "skip", "open", "not_applicable"]


class Result:
    """One judgement of one foreign rule on one place.

    tool      as a person writes it: "Checkov", "cfn-lint", "Trivy"
    rule      the foreign id: "CKV_AWS_18", "E3004"
    title     the rule's own short name, "" when the results do not hold it
    outcome   "fail"; "pass"; "skip" (a person switched it off there); "open" (the tool could not tell); "not_applicable"
    files     names of the file in the order in which they are to be tried: absolute, or relative to the folder that was checked
    reason    what the person wrote who skipped it
    format    the format of the file as the tool names it; None when the results do not say it
    source    which of our readers would read the file: "hcl", "plan", "template", "arm", "bicep"; "" when not known
    kind      the foreign tool's own word for a kind of file that we have no policies for ("kubernetes"), else ""
    type      our spelling of the resource type; None when the results do not say it, "" when it is about no resource
    address   our spelling of the resource address; "" when the results do not say it
    attribute dotted path of the attribute that was looked at
    caller    names of the file that calls the module which the resource stands in
    """

    __slots__ = (
        "address",
        "attribute",
        "caller",
        "column",
        "end_column",
        "end_line",
        "files",
        "format",
        "kind",
        "line",
        "outcome",
        "reason",
        "rule",
        "source",
        "title",
        "tool",
        "type",
    )

    def __init__(
        self,
        *,
        tool: str,
        rule: str,
        title: str,
        outcome: Outcome,
        files: Sequence[str],
        line: int = 1,
        column: int = 1,
        end_line: int = 0,
        end_column: int = 0,
        reason: str = "",
        format: Format | None = None,
        source: str = "",
        kind: str = "",
        type: str | None = None,
        address: str = "",
        attribute: str = "",
        caller: Sequence[str] = (),
    ) -> None:
        self.tool = tool
        self.rule = rule
        self.title = title
        self.outcome: Outcome = outcome
        self.files = tuple(files)
        self.line = line
        self.column = column
        self.end_line = max(end_line, line)
        self.end_column = end_column
        self.reason = reason
        self.format: Format | None = format
        self.source = source
        self.kind = kind
        self.type = type
        self.address = address
        self.attribute = attribute
        self.caller = tuple(caller)

    def __repr__(self) -> str:
        return f"Result({self.tool} {self.rule} {self.outcome} {self.address or self.files})"


class Results:
    """Everything that one results file holds: `path` is its absolute path, `problems` what the foreign tool could not read itself."""

    __slots__ = ("path", "problems", "results", "tools")

    def __init__(self, path: str, results: list[Result], problems: list[Diagnostic], tools: list[str]) -> None:
        self.path = path
        self.results = results
        self.problems = problems
        self.tools = tools  # "Checkov 3.3.30"
