"""The policies as cfn-lint rules: one class per policy, one evaluation per template.

cfn-lint hands every rule the same parsed template. The first rule that is asked has the whole template evaluated by our own engine, from the
file itself, and every rule then gives its own share of the findings: so both tools see the same values and give the same verdicts. Two more
rules lose nothing: ICP_UNKNOWN (shown with `-c I`) lists what could not be decided, WCP_UNREAD what could not be read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from cloudpolicy.config import ConfigError
from cloudpolicy.findings import WAIVED
from cloudpolicy.hosts.scanners import Scanners, page, told, types_by_policy
from cloudpolicy.model import Verdict
from cloudpolicy.policy import pack as packs
from cloudpolicy.sources import Unit, files
from cloudpolicy.texts import Text, locale_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cfnlint.template import Template

    from cloudpolicy.findings import Finding
    from cloudpolicy.model import Span

LETTERS = {"critical": "E", "high": "E", "medium": "W", "low": "I"}  # cfn-lint's severity is an id's first letter
_UNDECIDED = Text("What could not be decided from the template", "テンプレートだけでは判定できないもの")
_UNREAD = Text("What could not be read", "読み取れなかったもの")
STDIN, PARAMETERS = "stdin.json", "cfn-lint-parameters.json"  # names of files that are on no disk
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def rules() -> list[type[CloudFormationLintRule]]:
    """One rule class for each policy that speaks of CloudFormation, and the two that tell what is undecided or unread."""
    language = locale_language()
    pack = packs.load()
    made = [_class(_id(pack, id), id, pack.text(id).title, pack.text(id).rationale, language) for id in for_templates(pack)]
    made.append(_class("ICP_UNKNOWN", Verdict.UNKNOWN, _UNDECIDED, _UNDECIDED, language))
    made.append(_class("WCP_UNREAD", "unread", _UNREAD, _UNREAD, language))
    return made


def for_templates(pack: packs.Pack) -> list[str]:
    """Ids of the policies that have something to say about a CloudFormation template."""
    return list(types_by_policy(pack, "cloudformation"))


def _id(pack: packs.Pack, policy: str) -> str:
    return LETTERS[pack.policies[policy]["severity"]] + policy


def _class(id: str, share: str, title: Text, about: Text, language: Any) -> type[CloudFormationLintRule]:
    def match(self: CloudFormationLintRule, cfn: Template) -> list[RuleMatch]:
        return _evaluated(cfn).get(share, [])

    members = {
        "id": id,
        "shortdesc": title.pick(language),
        "description": about.pick(language),
        "source_url": page(share if share.startswith("CP_") else "README"),
        "tags": ["cloudpolicy"],
        "match": match,
        "__module__": __name__,
    }
    return type(id, (CloudFormationLintRule,), members)


_last: tuple[Template, dict[str, list[RuleMatch]]] | None = None  # all rules of one template follow each other
_scanners = Scanners()


def _evaluated(cfn: Template) -> dict[str, list[RuleMatch]]:
    """Policy id, "unknown" or "unread" -> matches, evaluated once per template."""
    global _last
    if _last is None or _last[0] is not cfn:
        try:
            _last = cfn, _evaluate(cfn)
        except ConfigError as error:  # as an exception each rule would tell it again, in cfn-lint's words
            print(told(error), file=sys.stderr)
            raise SystemExit(2) from None
    return _last[1]


def _evaluate(cfn: Template) -> dict[str, list[RuleMatch]]:
    """The matches under each set of parameters that cfn-lint was given (`--parameters`, deployment files), or under none."""
    placed = bool(cfn.filename) and os.path.isfile(cfn.filename)
    path = os.path.abspath(cfn.filename) if placed else os.path.join(os.getcwd(), STDIN)
    found: dict[str, list[RuleMatch]] = {}
    for given in getattr(cfn.context, "parameter_sets", None) or [None]:
        texts = {} if placed else {path: cfn.template}  # from standard input: the parsed template is all there is
        parameters = [os.path.join(os.path.dirname(path), PARAMETERS)] if given is not None else []
        texts.update((file, given.parameters) for file in parameters)
        with _held(texts):
            for share, matches in _judge(path, parameters, placed).items():
                known = found.setdefault(share, [])
                known += [match for match in matches if match not in known]
    return found


@contextlib.contextmanager
def _held(texts: dict[str, Any]) -> Iterator[None]:
    """What cfn-lint holds and no disk does is read like a file that stands beside the user's own, under the same configuration."""
    held = {os.path.realpath(path): json.dumps(value, default=str).encode() for path, value in texts.items()}
    files.held.update(held)
    try:
        yield
    finally:
        for path in held:
            del files.held[path]


def _judge(path: str, parameters: list[str], placed: bool) -> dict[str, list[RuleMatch]]:
    """`placed` is False where the file is not the user's own: then cfn-lint finds the line by the path in the template."""
    language = locale_language()
    _, (_, findings, problems) = _scanners.scan(Unit("template", path), parameters)
    found: dict[str, list[RuleMatch]] = {}
    for finding in findings:
        if finding.verdict == WAIVED:
            continue
        where = _location(finding.span, path) if placed else None
        message = finding.message.pick(language)
        share = finding.policy if finding.verdict == Verdict.FAIL else Verdict.UNKNOWN
        found.setdefault(share, []).append(
            _match(_path(finding), message if share == finding.policy else f"{finding.policy}: {message}", where)
        )
    for problem in problems:
        if problem.severity == "error":
            where = _location(problem.span, path) if placed and problem.span else None
            found.setdefault("unread", []).append(_match(["Resources"], problem.text.pick(language), where))
    return found


def _match(path: list[str | int], message: str, location: tuple[int, int, int, int] | None) -> RuleMatch:
    return RuleMatch(path, message) if location is None else RuleMatch(path, message, location=location)


def _path(finding: Finding) -> list[str | int]:
    """The path in the template that metadata (`ignore_checks`) and cfn-lint's own positions go by; a nested stack speaks for what is in it."""
    if not finding.address:
        return ["Resources"]
    name, _, inner = finding.address.partition("/")
    if inner or not finding.attribute:
        return ["Resources", name]
    steps = [int(index) if index else key for key, index in _STEP.findall(finding.attribute)]
    return ["Resources", name, "Properties", *steps]


def _location(span: Span, path: str) -> tuple[int, int, int, int] | None:
    """Lines and columns from 0, the end exclusive; None for a place in another file."""
    if span.file != path:
        return None
    return span.line - 1, span.column - 1, span.end_line - 1, max(span.end_column, span.column if span.end_line == span.line else 1)
