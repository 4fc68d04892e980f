"""Counting the foreign results that do not become findings, so that the report can tell each of them."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.foreign.results import Result
    from cloudpolicy.model import Severity

# what became of them -> (severity, code, sentence)
_KINDS: dict[str, tuple[Severity, str, Text]] = {
    "unmapped": (
        "warning",
        "not-mapped",
        Text(
            "no policy of the same meaning, so that no clause is judged by them",
            "同じ意味のポリシーがなく、条項の判定に使っていない結果",
        ),
    ),
    "elsewhere": (
        "warning",
        "not-covered",
        Text("about files that no policy speaks of; not judged", "ポリシーの対象外のファイルに関する、判定していない結果"),
    ),
    "deselected": (
        "note",
        "not-selected",
        Text(
            "mapped to policies that are not selected, or that this profile does not demand",
            "選択されていない、またはこのプロファイルでは求めないポリシーの結果",
        ),
    ),
    "part": (
        "note",
        "part-of-a-policy",
        Text(
            "passed what is only a part of a policy, which is no pass of the policy",
            "ポリシーの一部だけを確認するルールのため、適合に数えていない結果",
        ),
    ),
    "repeated": (
        "note",
        "repeated",
        Text("the same rule at the same place again; counted once", "同じルール・同じ場所の重複のため、1 件に数えた結果"),
    ),
}
_WORDS = {
    "fail": Text("failed", "不適合"),
    "pass": Text("passed", "適合"),
    "skip": Text("skipped", "スキップ"),
    "open": Text("undecided", "判定不能"),
    "not_applicable": Text("not applicable", "対象外"),
}


class Tally:
    """kind -> (tool, rule) -> outcome -> number, for one results file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._counts: dict[str, dict[tuple[str, str], dict[str, int]]] = {kind: {} for kind in _KINDS}

    def add(self, kind: str, result: Result) -> None:
        outcomes = self._counts[kind].setdefault((f"{result.tool} {result.kind}".strip(), result.rule), {})
        outcomes[result.outcome] = outcomes.get(result.outcome, 0) + 1

    def counts(self) -> dict[str, Any]:
        """For programs: {"unmapped": {"Checkov": {"CKV_AWS_144": {"fail": 2}}}, …}."""
        told: dict[str, Any] = {}
        for kind, rules in self._counts.items():
            tools: dict[str, dict[str, dict[str, int]]] = {}
            for (tool, rule), outcomes in rules.items():
                tools.setdefault(tool, {})[rule] = outcomes
            told[kind] = tools
        return told

    def diagnostics(self, results: int) -> list[Diagnostic]:
        """A sentence for each kind that occurred: every rule is named with its numbers, failures first."""
        found = [self._sentence(kind) for kind, rules in self._counts.items() if rules]
        if not results:
            text = Text("holds no results: nothing was found, or nothing was checked", "結果が 1 件もありません(指摘なし、または未検査)")
            found.append(Diagnostic("warning", "no-results", text, Span(self._path)))
        return found

    def _sentence(self, kind: str) -> Diagnostic:
        severity, code, words = _KINDS[kind]
        rules = self._counts[kind]
        total = sum(sum(outcomes.values()) for outcomes in rules.values())
        first = sorted(rules.items(), key=lambda item: (-item[1].get("fail", 0), item[0]))
        listed = {
            language: "; ".join(
                f"{tool} {rule} ("
                + ", ".join(
                    f"{number:,} {_WORDS[outcome].en}" if language == "en" else f"{_WORDS[outcome].ja} {number:,}"
                    for outcome, number in sorted(outcomes.items())
                )
                + ")"
                for (tool, rule), outcomes in first
            )
            for language in ("en", "ja")
        }
        en = f"{_plural(total, 'result')} of {_plural(len(rules), 'rule')}, {words.en}: {listed['en']}"
        ja = f"{words.ja} {total:,} 件({len(rules):,} ルール): {listed['ja']}"
        return Diagnostic(severity, code, Text(en, ja), Span(self._path))


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
