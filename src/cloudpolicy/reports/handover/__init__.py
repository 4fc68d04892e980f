"""The files of a handover pack: a Dossier in, bytes out. They decide nothing, and the same dossier gives the same bytes.

checklist.xlsx                 the clauses with verdict, evidence and places to sign, for people
report.html                    the same to read and search, in one file
oscal-assessment-results.json  and oscal-component-definition.json, for other compliance tools
clauses.json                   the status of every clause, for programs
findings.json, findings.sarif  as `cloudpolicy scan` writes them
"""

from __future__ import annotations

from cloudpolicy import reports
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.handover.dossier import Dossier

FILES = {
    "checklist.xlsx": Text("checklist with places to sign", "チェックリスト(確認者の記入欄付き)"),
    "report.html": Text("report for the browser", "ブラウザで読む報告書"),
    "clauses.json": Text("status of every clause", "全条項の判定(JSON)"),
    "findings.json": Text("findings (JSON)", "指摘事項(JSON)"),
    "findings.sarif": Text("findings (SARIF)", "指摘事項(SARIF)"),
    "oscal-assessment-results.json": Text("assessment results (OSCAL)", "評価結果(OSCAL)"),
    "oscal-component-definition.json": Text("component definition (OSCAL)", "コンポーネント定義(OSCAL)"),
}


def render(dossier: Dossier) -> dict[str, bytes]:
    """File name -> content; ImportError where XlsxWriter is not installed."""
    from cloudpolicy.reports.handover import checklist, clauses, oscal, page

    style = reports.Style(lang=dossier.language)
    return {
        "checklist.xlsx": checklist.render(dossier),
        "report.html": _encoded(page.render(dossier)),
        "clauses.json": _encoded(clauses.render(dossier)),
        "findings.json": _encoded(reports.render("json", dossier.report, style)),
        "findings.sarif": _encoded(reports.render("sarif", dossier.report, style)),
        "oscal-assessment-results.json": _encoded(oscal.assessment_results(dossier)),
        "oscal-component-definition.json": _encoded(oscal.component_definition(dossier)),
    }


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
