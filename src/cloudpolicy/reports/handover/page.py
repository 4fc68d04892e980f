"""report.html: the pack to read, search and print, in one file that loads nothing and runs no script but its own.

Everything that is not ours goes through `_t`: escaped, and kept apart from the direction of the text around it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from html import escape

from cloudpolicy.findings import SEVERITIES
from cloudpolicy.guidelines import words as said
from cloudpolicy.model import Verdict
from cloudpolicy.reports import words
from cloudpolicy.reports.handover import labels
from cloudpolicy.reports.handover.charts import bars
from cloudpolicy.reports.handover.plain import cut
from cloudpolicy.reports.handover.rows import DEFAULT_COLUMNS, TONE, WAIVER_COLUMNS, Rows
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudpolicy.findings import Finding
    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.dossier import Dossier

LONGEST = 8_000  # UTF-16 units of one text; the whole stands in findings.json
SHOWN = 8  # findings under one clause

# the bars' colours: darker than the words' grounds, told apart in grey, too
_COLOURS = {
    "fail": "#b3261e",
    "unknown": "#e08600",
    "provider-evidence-missing": "#f5d36b",
    "attestation-needed": "#e9d9a6",
    "accepted-exception": "#7f5fc0",
    "pass": "#2f8f46",
    "attested": "#2d6fa8",
    "provider-evidence": "#8fbce0",
    "not-applicable": "#aab2bc",
}
_FIRST = {Verdict.FAIL: 0, Verdict.UNKNOWN: 1}
_VERDICT_TONE = {Verdict.FAIL: "fail", Verdict.UNKNOWN: "unknown", Verdict.PASS: "pass"}

_OVERVIEW = Text("Overview", "概要")
_APPENDIX = Text("Appendix", "付録")
_SKIP = Text("Skip to the content", "本文へ移動")
_CONTENTS = Text("Contents", "目次")
_SEARCH = Text("Search (every word must occur)", "検索(空白区切りですべてを含む)")
_ALL = Text("all", "すべて")
_RESET = Text("Clear the filters", "絞り込みを解除")
_SHOWN = Text("{0} of {1} fit", "{1} 件中 {0} 件が該当")
_MORE = Text("Show more ({0} left)", "続きを表示(残り {0} 件)")
_ALL_FINDINGS = Text("show all {0} findings of this clause", "この条項の指摘 {0} 件をすべて表示")
_MADE = Text(
    "Made by cloudpolicy {0}. Verify the pack with: cloudpolicy verify <folder>",
    "cloudpolicy {0} で作成。パックの検証: cloudpolicy verify <フォルダ>",
)
_NUMBERS = Text("The numbers as a table", "数値を表で見る")
_POLICIES = Text("Policies: {0}", "ポリシー: {0}")


def render(dossier: Dossier) -> str:
    """The page as one HTML document, the same for the same dossier."""
    return _Page(dossier).document()


def _file(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8", newline="") as file:
        return file.read()


def _allowed(content: str) -> str:
    """What a Content-Security-Policy calls this very text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


class _Page:
    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.rows = Rows(dossier)
        self.say = self.rows.say
        listed = [finding for finding in dossier.report.findings if finding.verdict != Verdict.PASS]
        self.listed = sorted(listed, key=lambda f: (_FIRST.get(f.verdict, 2), -SEVERITIES.index(f.severity)))
        self.anchor = {id(finding): f"f{number}" for number, finding in enumerate(self.listed, 1)}

    def _t(self, text: str) -> str:
        return escape(cut(text, LONGEST, self.dossier.language))

    def _b(self, text: str) -> str:
        return f"<bdi>{self._t(text)}</bdi>"

    def document(self) -> str:
        style, script = _file("page.css"), _file("page.js")
        policy = f"default-src 'none'; style-src {_allowed(style)}; script-src {_allowed(script)}; base-uri 'none'; form-action 'none'"
        title = f"{self.say(labels.TITLE)}: {self.dossier.system}"
        return "".join(
            (
                f'<!DOCTYPE html>\n<html lang="{self.dossier.language}">\n<head>\n<meta charset="utf-8">\n',
                f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
                '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n',
                f"<title>{self._t(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n",
                self._header(),
                '<main id="main">\n',
                self._overview(),
                self._clauses(),
                self._findings(),
                self._appendix(),
                f"</main>\n<footer><p>{self._t(self.say(_MADE, self.dossier.tool))}</p></footer>\n<script>{script}</script>\n</body>\n</html>\n",
            )
        )

    def _header(self) -> str:
        links = (("overview", _OVERVIEW), ("clauses", labels.CLAUSES), ("findings", labels.FINDINGS), ("appendix", _APPENDIX))
        items = "".join(f'<li><a href="#{anchor}">{self.say(text)}</a></li>' for anchor, text in links)
        return (
            f'<a class="skip" href="#main">{self.say(_SKIP)}</a>\n<header>\n<h1>{self.say(labels.TITLE)}: {self._b(self.dossier.system)}</h1>\n'
            f'<nav aria-label="{self.say(_CONTENTS)}"><ul>{items}</ul></nav>\n</header>\n'
        )

    # --- overview

    def _overview(self) -> str:
        facts = "".join(f"<dt>{self._t(name)}</dt><dd>{self._b(value)}</dd>" for name, value in self.rows.facts())
        alert = "".join(f'<p class="note alert {tone}">{self._t(text)}</p>' for tone, text in self.rows.alerts())
        counts = self.dossier.count()
        names = {key: self.say(text) for key, text in self.dossier.status_words.items()}
        figures = "".join(
            f'<li class="{TONE[key]} s-{key}"><b>{number:,}</b><span class="{TONE[key]}">{names[key]}</span></li>'
            for key, number in counts.items()
        )
        types = [(self.rows.setting_type(n), self.dossier.count(setting_type=n)) for n in self.dossier.setting_types]
        documents = [(id, self.dossier.count(document=id)) for id in self.dossier.catalogue.documents]
        charts = "".join(
            f"<figure><figcaption>{self.say(title)}</figcaption>{bars(self.say(title), groups, _COLOURS, names)}</figure>"
            for title, groups in ((labels.BY_DOCUMENT, documents), (labels.BY_TYPE, types))
        )
        return (
            f'<section id="overview" aria-labelledby="overview-h"><h2 id="overview-h">{self.say(_OVERVIEW)}</h2>\n{alert}'
            f'<dl class="facts">{facts}</dl>\n<p class="note">{self.say(labels.CAUTION)}</p>\n'
            f'<h3>{self.say(labels.BY_STATUS)}</h3><ul class="figures">{figures}</ul>\n<div class="charts">{charts}</div>\n'
            f"<details><summary>{self.say(_NUMBERS)}</summary>{self._numbers([*documents, *types], names)}</details></section>\n"
        )

    def _numbers(self, groups: Sequence[tuple[str, Mapping[str, int]]], names: Mapping[str, str]) -> str:
        rows: list[list[str | int]] = [[label, *counts.values(), sum(counts.values())] for label, counts in groups]
        return self._table(["", *names.values(), self.say(labels.TOTAL)], rows, "numbers")

    # --- clauses

    def _clauses(self) -> str:
        documents = [(id, f"{self.say(document.title)} ({id})") for id, document in self.dossier.catalogue.documents.items()]
        types = [(str(number), self.rows.setting_type(number)) for number in self.dossier.setting_types]
        statuses = [(key, self.say(text)) for key, text in self.dossier.status_words.items()]
        filters = (("status", labels.STATUS, statuses), ("type", labels.TYPE, types), ("document", labels.DOCUMENT, documents))
        items = "".join(self._clause(status) for status in self.dossier.clauses)
        return self._listing("clauses", labels.CLAUSES, "clause", filters, items)

    def _clause(self, status: ClauseStatus) -> str:
        clause, say = status.clause, self.say
        found = self.rows.open_findings(status)
        evidence = [self._link(finding) for finding in found[:SHOWN]]
        if len(found) > SHOWN:
            link = self._t(say(_ALL_FINDINGS, f"{len(found):,}"))
            evidence.append(f'<a href="#findings" data-search="{self._t(clause.id)}">{link}</a>')
        evidence += [self._t(line) for line in self.rows.passed(status)]
        evidence += [self._b(say(s.summary()) + (f" [{s.evidence}]" if s.evidence else "")) for s in status.evidence]
        references = [f'<a href="#{self._t(other)}">{self._t(other)}</a>' for other in self.dossier.references(clause)]
        responsible = f"{say(said.RESPONSIBLE[clause.responsibility])} · {say(said.VERIFIED[clause.verification])}"
        if clause.control:
            responsible += f" · {say(said.CONTROLS[clause.control])}"
        facts = (
            (labels.REASON, [self._b(say(status.reason))]),
            (labels.EVIDENCE, evidence),
            (labels.RESIDUAL, [self._t(say(status.residual))] if status.residual else []),
            (labels.REMEDY, [self._t(line) for line in self.rows.remedies(status)]),
            (labels.TYPE, [self._t(self.rows.setting_type(clause.setting_type))]),
            (labels.RESPONSIBILITY, [responsible]),
            (labels.REFERENCES, [", ".join(references)] if references else []),
            (labels.NOTES, [self._t(note) for note in self.rows.notes(status)]),
        )
        return (
            f'<details class="item" id="{self._t(clause.id)}" data-status="{status.status}" data-type="{clause.setting_type}" '
            f'data-document="{self._t(clause.document)}"><summary><span class="tag {TONE[status.status]}">{self.rows.status(status)}</span>'
            f'<span class="id">{self._t(clause.id)}</span><span class="title">{self._t(say(clause.title))}</span></summary>'
            f'<div class="body"><dl>{"".join(_fact(say(label), values) for label, values in facts if values)}</dl></div></details>\n'
        )

    def _link(self, finding: Finding) -> str:
        line = f"{self.rows.verdict(finding)}: {finding.policy} {words.name_of(finding)} ({self.rows.place(finding)})"
        exception = self.rows.exception(finding)
        more = f" {self._b(exception)}" if exception else ""
        return f'<a href="#{self.anchor[id(finding)]}">{self._t(line)}</a>{more}'

    # --- findings

    def _findings(self) -> str:
        verdicts = list(dict.fromkeys((f.verdict, self.rows.verdict(f)) for f in self.listed))
        severities = [(name, self.say(text)) for name, text in words.SEVERITY.items()]
        policies = sorted({f.policy for f in self.listed})
        types = sorted({id.split("_")[1] for id in policies if id.count("_") > 1})
        filters = (
            ("verdict", labels.VERDICT, verdicts),
            ("severity", labels.SEVERITY, severities),
            ("group", labels.POLICY, [(type, f"CP_{type}_*") for type in types]),
        )
        return self._listing("findings", labels.FINDINGS, "finding", filters, "".join(map(self._finding, self.listed)))

    def _finding(self, finding: Finding) -> str:
        clauses = ", ".join(words.clauses(self.dossier.report, finding.policy))
        observed = self.rows.observed(finding)
        facts = [f"{self.say(labels.OBSERVED)}: {self._b(observed)}"] if observed else []
        facts.append(f"{self.say(labels.EXPECTED)}: {self._t(self.rows.title(finding.policy))}")
        exception = self.rows.exception(finding)
        waived = f'<p class="more">{self.say(words.WAIVER)}: {self._b(exception)}</p>' if exception else ""
        group = finding.policy.split("_")[1] if finding.policy.count("_") > 1 else ""
        tone = _VERDICT_TONE.get(finding.verdict, "waived")
        return (
            f'<article class="item" tabindex="-1" id="{self.anchor[id(finding)]}" data-verdict="{self._t(finding.verdict)}" '
            f'data-severity="{finding.severity}" data-group="{self._t(group)}"><div class="head">'
            f'<span class="tag {tone}">{self._t(self.rows.verdict(finding))}</span> <span class="tag none">{self.rows.severity(finding)}</span> '
            f'<span class="id">{self._t(finding.policy)}</span> <code>{self._b(words.name_of(finding))}</code> '
            f"<code>{self._b(self.rows.place(finding))}</code></div><p>{self._b(self.say(finding.message))}</p>"
            f'{waived}<p class="more">{" / ".join(facts)}</p><p class="more">{self.say(labels.REMEDY)}: {self._t(self.rows.remedy(finding.policy))}</p>'
            f'<p class="more">{self._t(clauses)}</p></article>\n'
        )

    def _listing(
        self, anchor: str, title: Text, kind: str, filters: Sequence[tuple[str, Text, Sequence[tuple[str, str]]]], items: str
    ) -> str:
        """A heading, its filters (shown once the script runs) and the list that they filter."""
        fields = "".join(
            f'<label>{self.say(label)}<select name="{name}"><option value="">{self.say(_ALL)}</option>'
            + "".join(f'<option value="{self._t(value)}">{self._t(text)}</option>' for value, text in choices)
            + "</select></label>"
            for name, label, choices in filters
        )
        body = items or f"<p>{self.say(labels.NONE)}</p>"
        return (
            f'<section id="{anchor}" aria-labelledby="{anchor}-h"><h2 id="{anchor}-h">{self.say(title)}</h2>\n'
            f'<form class="filters" role="search" aria-label="{self.say(title)}" data-list="{kind}-list" data-shown="{kind}-shown" data-more="{kind}-more" hidden>'
            f'<label class="wide2 full">{self.say(_SEARCH)}<input type="search" name="q" autocomplete="off"></label>{fields}'
            f'<label>&nbsp;<button type="reset">{self.say(_RESET)}</button></label></form>\n'
            f'<p class="shown" id="{kind}-shown" role="status" data-text="{self.say(_SHOWN)}"></p>\n'
            f'<div id="{kind}-list">\n{body}</div>\n<p><button type="button" class="more-items" id="{kind}-more" data-text="{self.say(_MORE)}" hidden></button></p></section>\n'
        )

    # --- appendix

    def _appendix(self) -> str:
        say, rows = self.say, self.rows
        statements = [
            [
                say(said.ATTESTED[a.kind]), rows.clauses(a.clauses), a.statement, f"{a.attester} ({a.role})", a.day.isoformat(),
                a.expires.isoformat(), say(labels.YES_NO[a.counts(self.dossier.day)]), a.evidence,
            ]
            for a in self.dossier.attestations
        ]  # fmt: skip
        heads = (
            labels.KIND, labels.CLAUSES, labels.STATEMENT, labels.ATTESTER, labels.DATE, labels.EXPIRES, labels.IN_FORCE,
            labels.DOCUMENT_REFERENCE,
        )  # fmt: skip
        inputs = [[e["path"], say(labels.ROLES[e["role"]]), e["bytes"], e["sha256"], state] for e, state in rows.inputs()]
        left = [[path, "", "", "", reason] for path, reason in rows.left_out()]
        tables = (
            (labels.SHEETS["problems"], (labels.SEVERITY, labels.MESSAGE, labels.PLACE), list(rows.problems())),
            (labels.SHEETS["waivers"], [heading for heading, _ in WAIVER_COLUMNS], list(rows.waivers())),
            (labels.SHEETS["attestations"], heads, statements),
            (labels.SHEETS["defaults"], [heading for heading, _ in DEFAULT_COLUMNS], list(rows.defaults())),
            (labels.SHEETS["inputs"], (labels.FILE, labels.KIND, labels.BYTES, labels.SHA256, labels.STATE), [*inputs, *left]),
        )
        parts = [
            f"<h3>{say(title)}</h3>{self._table([say(head) for head in heads], found) if found else f'<p>{say(labels.NONE)}</p>'}"
            for title, heads, found in tables
        ]
        return f'<section id="appendix" aria-labelledby="appendix-h"><h2 id="appendix-h">{say(_APPENDIX)}</h2>{"".join(parts)}</section>\n'

    def _table(self, heads: Iterable[str], rows: Iterable[Iterable[str | int]], name: str = "plain") -> str:
        head = "".join(f'<th scope="col">{self._t(name)}</th>' for name in heads)
        body = "".join(
            "<tr>" + "".join(f'<td class="n">{v:,}</td>' if isinstance(v, int) else f"<td>{self._b(v)}</td>" for v in row) + "</tr>\n"
            for row in rows
        )
        return f'<div class="wide" tabindex="0"><table class="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _fact(label: str, values: list[str]) -> str:
    body = values[0] if len(values) == 1 else "<ul>" + "".join(f"<li>{value}</li>" for value in values) + "</ul>"
    return f"<dt>{label}</dt><dd>{body}</dd>"
