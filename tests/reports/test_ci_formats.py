"""JUnit, GitHub annotations and Markdown: whatever stands in a template, the structure holds."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudpolicy.findings import Finding, PolicyText, Report, ScannedEstate
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.reports import Style, github, junit, markdown, render
from cloudpolicy.texts import Text

anything = st.one_of(st.text(max_size=30), st.text(alphabet="%\r\n:,|<>&\"']`*_\\\x00\x1b\ud800 漢", max_size=15))


def report_of(message: str, address: str = "a.b", name: str = "main.tf", count: int = 1, severity: str = "high") -> Report:
    """`count` findings and one diagnostic that carry the given texts."""
    text = Text(message, message)
    span = Span(f"/p/{name}", 3, 2, 3, 9)
    findings = [
        Finding(policy="CP_A_001", verdict=verdict, severity=severity, format="terraform", type="t", address=address or "x", message=text,
                span=span, estate="/p", fingerprint="f", attribute=message, seen="x")
        for _ in range(count) for verdict in ("fail", "unknown")
    ]  # fmt: skip
    policy = PolicyText("CP_A_001", "a-b", severity, "high", text, text, text, (message,))
    counts = {"fail": count, "unknown": count}
    estates = [ScannedEstate("/p", "terraform", "hcl", 1, [f"/p/{name}"], counts, {}, {})]
    return Report("/p", "/p", findings, estates, [Diagnostic("error", "code", text, span)], {"CP_A_001": policy})


# -- JUnit


@given(anything, anything, anything)
def test_junit_always_parses(message, address, name):
    root = ElementTree.fromstring(render("junit", report_of(message, address, name), Style()).encode())
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == 3 == int(root.get("tests", "0"))
    valid = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", message)
    failure = cases[0].find("failure")
    assert failure is not None and failure.get("message") == valid
    assert all(case.get("line") == "3" for case in cases)


def test_junit_counts_agree_with_its_cases(report):
    root = ElementTree.fromstring(render("junit", report, Style("ja")).encode("utf-8"))
    for suite in root.findall("testsuite"):
        for name, tag in (
            ("tests", "testcase"),
            ("failures", "testcase/failure"),
            ("errors", "testcase/error"),
            ("skipped", "testcase/skipped"),
        ):
            assert int(suite.get(name, "-1")) == len(suite.findall(tag)), (suite.get("name"), name)
    assert root.get("failures") == "11" and root.get("errors") == "1"
    assert len(root.findall(".//testcase")) == len(report.findings) + len(report.diagnostics)


# -- GitHub


def parse_command(line: str) -> tuple[str, dict[str, str], str]:
    """As the runner does it: the command, its properties, its message, each unescaped."""
    match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line, re.DOTALL)
    assert match is not None, line

    def unescape(value: str, more: bool) -> str:
        if more:
            value = value.replace("%2C", ",").replace("%3A", ":")
        return value.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")

    properties = dict(pair.split("=", 1) for pair in match.group(2).split(","))
    return match.group(1), {key: unescape(value, True) for key, value in properties.items()}, unescape(match.group(3), False)


@given(anything)
def test_github_escaping_comes_back(message):
    line = f"::error title={github.property(message)}::{github.data(message)}"
    assert "\n" not in line and "\r" not in line
    assert parse_command(line) == ("error", {"title": message}, message)


@given(anything, anything)
def test_github_writes_one_command_per_line(message, name):
    assume(name != ".")  # the folder itself
    lines = render("github", report_of(message, name=name or "x"), Style()).removesuffix("\n").split("\n")
    commands = [parse_command(line) for line in lines]
    assert [command for command, _, _ in commands] == ["error", "error", "notice", "notice"]
    assert commands[1][1]["file"] == (name or "x")
    assert commands[1][2].startswith(message)


def test_github_puts_the_worst_first_and_the_totals_last(report):
    commands = [parse_command(line) for line in render("github", report, Style("en")).splitlines()]
    kinds = [kind for kind, _, _ in commands]
    assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
    assert commands[0][1]["title"] == "cloudpolicy syntax-error"
    assert "[critical]" in commands[1][1]["title"]
    assert commands[-1][2].startswith("10 fail, 2 unknown, 600 pass, 1 waived; 1 not read")
    assert commands[1][1]["file"] == "infra 100%/cdk.json"


def test_github_totals_stay_among_the_ten_that_are_shown():
    lines = render("github", report_of("m", count=30, severity="low"), Style("en")).splitlines()
    notices = [line for line in lines if line.startswith("::notice")]
    assert len(notices) == 61 and "30 fail" in notices[9]


def test_github_gives_columns_only_within_one_line(report):
    for line in render("github", report, Style()).splitlines():
        _, properties, _ = parse_command(line)
        if properties.get("line") != properties.get("endLine"):
            assert "col" not in properties and "endColumn" not in properties


# -- Markdown


def tables(text: str) -> list[list[str]]:
    """The rows of each table."""
    found: list[list[str]] = []
    rows: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            found.append(rows)
            rows = []
    return found


@given(anything, anything, anything)
def test_markdown_rows_never_break(message, address, name):
    found = tables(render("markdown", report_of(message, address, name), Style()))
    assert [len(rows) for rows in found] == [3, 3, 3, 3, 3]  # totals, diagnostics, failures, clauses, unknown
    for rows in found:
        assert len({row.count("|") for row in rows}) == 1
        assert all(row.endswith(" |") and not re.search("[\x00-\x1f\x7f-\x9f]", row) for row in rows)


@given(anything)
def test_markdown_cells_hold_no_markup(value):
    shown = markdown.cell(value)
    assert not re.search(r"[<>|`*\[\]\\\n\r]", shown)
    assert "&" not in re.sub(r"&(amp|lt|gt|#\d+);", "", shown)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_markdown_is_read_as_it_was_meant(report, lang):
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    html = reader.render(render("markdown", report, Style(lang)))
    assert html.count("<table>") == 6
    assert "<script" not in html and "&lt;script&gt;" in html
    failures = sum(finding.verdict == "fail" for finding in report.findings)
    assert html.count("<tr>") == 2 + (1 + 3) + (1 + failures) + (1 + 3) + (1 + 2) + (1 + 1)


def test_markdown_tells_the_clauses_concerned(report):
    rows = next(rows for rows in tables(render("markdown", report, Style("en"))) if rows[0].startswith("| clause |"))
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]
    assert cells == [
        ["`a:1`", "2", "0", "`CP_OBJ_001`"],
        ["`b:2`", "2", "0", "`CP_OBJ_001`"],
        ["`osaka-2024:table.6.3`", "7", "1", "`CP_KEY_005`, `CP_NET_001`, `CP_RES_001`"],
    ]


def test_markdown_orders_clauses_as_people_count():
    wanted = ["w:運6", "w:運53", "x:9", "x:9.2", "x:9.10", "x:10"]
    assert sorted(["x:９", "x:" + "9" * 5000, *reversed(wanted)], key=markdown._natural)[:6] == wanted


def test_markdown_stays_under_the_limit_and_says_what_it_left_out():
    text = render("markdown", report_of("漢" * 2000, count=2000), Style("en"))
    assert len(text.encode()) < markdown.LIMIT
    left = [int(number.replace(",", "")) for number in re.findall(r"^([\d,]+) more are not shown", text, re.MULTILINE)]
    rows = [len(table) - 2 for table in tables(text)]
    assert left == [2000 - rows[2], 2000 - rows[4]] and min(rows) > 0
    assert text.count("<details>") == text.count("</details>") == 1


def test_attribute_and_text_of_junit_differ_only_where_xml_does():
    assert junit.text('a "b" <c>\n') == 'a "b" &lt;c&gt;\n'
    assert junit.attribute('a "b" <c>\n') == "a &quot;b&quot; &lt;c&gt;&#10;"
