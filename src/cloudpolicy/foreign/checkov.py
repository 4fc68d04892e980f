"""Checkov's `-o json`: one report, or a list of them, one per framework."""

from __future__ import annotations

from cloudpolicy.foreign import addresses
from cloudpolicy.foreign.results import Result, Results
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.foreign.results import Outcome
    from cloudpolicy.foreign.shape import Node
    from cloudpolicy.model import Format

TOOL = "Checkov"
# Checkov's framework -> (our format, our reader)
_FRAMEWORKS: dict[str, tuple[Format, str]] = {
    "terraform": ("terraform", "hcl"),
    "terraform_plan": ("terraform", "plan"),
    "cloudformation": ("cloudformation", "template"),
    "serverless": ("cloudformation", "template"),
    "arm": ("arm", "arm"),
    "bicep": ("arm", "bicep"),
}
_OUTCOMES: dict[str, Outcome] = {"failed_checks": "fail", "passed_checks": "pass", "skipped_checks": "skip", "unknown_checks": "open"}
_DEEPEST = 40  # parts of a path that are compared
_SUMMARY = ("passed", "failed", "skipped", "parsing_errors", "checkov_version")


def fits(value: Any) -> bool:
    """A report names its framework; where nothing was found Checkov writes the bare summary."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and ("check_type" in first or all(key in first for key in _SUMMARY))


def read(node: Node) -> Results:
    """Raises Unreadable where a report has another shape."""
    reports = list(node.items()) if isinstance(node.value, list) else [node]
    results: list[Result] = []
    unread: list[str] = []
    unnamed = 0
    versions: dict[str, None] = {}
    for report in reports:
        summary = report.get("summary") if "summary" in report.table() else report
        version = summary.get("checkov_version").text()
        versions[f"{TOOL} {version}".rstrip()] = None
        if "check_type" not in report.table():
            continue
        framework = report.get("check_type").name()
        groups = report.get("results")
        for group, outcome in _OUTCOMES.items():
            results += [_result(record, framework, outcome) for record in groups.get(group).items()]
        unread += [error.name() for error in groups.get("parsing_errors").items()]
        if groups.get("parsing_errors").value is None:  # --quiet
            unnamed += summary.get("parsing_errors").number(default=0)
    # Checkov tries a file as several frameworks and calls each that does not fit an error; one that fits will do.
    whole = {_endings(file)[0] for result in results for file in result.files[:2]}
    parts = {ending for file in whole for ending in _endings(file)}
    distinct = {_endings(name)[0]: name for name in unread}.values()  # the frameworks write "./a/b.json" and "a/b.json" for the same file
    names = [name for name in distinct if _endings(name)[0] not in parts and whole.isdisjoint(_endings(name))]
    problems = [_unread(node.path, name) for name in names]
    if unnamed:
        problems.append(_unnamed(node.path, unnamed))
    return Results(node.path, results, problems, list(versions))


def _result(record: Node, framework: str, outcome: Outcome) -> Result:
    format, source = _FRAMEWORKS.get(framework, (None, ""))
    check = record.get("check_result")
    family = next((name for name in ("data", "provider") if f".checks.{name}." in record.get("check_class").text()), "resource")
    resource = record.get("resource").name()
    if format == "terraform":
        type, address = addresses.terraform(resource, family)
    elif format is not None:
        type, address = addresses.cloudformation(resource) if format == "cloudformation" else addresses.azure(resource)
    else:
        type, address = None, resource
    lines = [item.number() for item in record.get("file_line_range").items()]
    keys = check.get("evaluated_keys")
    key = next((item.text() for item in keys.items()), "") if isinstance(keys.value, list) else ""
    return Result(
        tool=TOOL,
        rule=record.get("check_id").name(),
        title=record.get("check_name").text(),
        outcome=outcome,
        files=_files(record, "file_abs_path", "repo_file_path", "file_path"),
        line=lines[0] if lines else 1,
        end_line=lines[-1] if lines else 0,
        reason=check.get("suppress_comment").text(),
        format=format,
        source=source,
        kind="" if format else framework,
        type=type,
        address=address,
        attribute=addresses.attribute(key),
        caller=_callers(record),
    )


def _files(record: Node, *keys: str) -> list[str]:
    return [text for text in (record.get(key).value for key in keys) if isinstance(text, str) and text]


def _callers(record: Node) -> list[str]:
    """The caller is named from the folder that Checkov was given, "/main.tf": what stands before it is that of the file itself."""
    own, caller = record.get("file_path").value, record.get("caller_file_path").value
    if not isinstance(own, str) or not isinstance(caller, str) or not own or not caller:
        return []
    names = _files(record, "file_abs_path", "repo_file_path")
    return [*(name.removesuffix(own) + caller for name in names if name.endswith(own)), caller]


def _endings(name: str) -> list[str]:
    """ "a/b/c.tf", "b/c.tf", "c.tf"."""
    parts = name.replace("\\", "/").strip("/").split("/")[-_DEEPEST:]
    parts = [part for part in parts if part != "."]
    return ["/".join(parts[start:]) for start in range(len(parts))] or [name]


def _unnamed(path: str, count: int) -> Diagnostic:
    text = Text(
        f"{TOOL} counts {count:,} parsing error{'' if count == 1 else 's'}, and with --quiet it does not say in which files: nothing is known of "
        f"them. Run {TOOL} without --quiet",
        f"{TOOL} の解析エラーが {count:,} 件あり、--quiet のためファイル名が分かりません。該当ファイルの判定がないため、--quiet なしで再実行してください",
    )
    return Diagnostic("error", "not-read-there", text, Span(path))


def _unread(path: str, name: str) -> Diagnostic:
    text = Text(
        f"{TOOL} could not parse {name}: nothing is known of it. Correct the file and run {TOOL} again",
        f"{TOOL} が {name} を解析できなかったため、このファイルの判定がありません。修正して {TOOL} を再実行してください",
    )
    return Diagnostic("error", "not-read-there", text, Span(path))
