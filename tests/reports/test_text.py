"""The text report: marks under the right columns, files that changed, one remedy per policy, consoles that cannot show everything."""

from __future__ import annotations

import os
import pkgutil
import re
from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudpolicy import reports
from cloudpolicy.findings import Finding, PolicyText, Report, ScannedEstate
from cloudpolicy.model import Span
from cloudpolicy.reports import Style, render
from cloudpolicy.reports.columns import width
from cloudpolicy.texts import Text


def finding(file: object, line: int, column: int, end_line: int = 0, end_column: int = 0, **more: object) -> Finding:
    values: dict[str, object] = {"attribute": "a", "seen": "x", "policy": "CP_A_001", "verdict": "fail", **more}
    return Finding(severity="high", format="terraform", type="t", address="t.a", message=Text("is wrong", "不正です"),
                   span=Span(str(file), line, column, end_line, end_column), estate="/p", fingerprint="f", **values)  # type: ignore[arg-type]  # fmt: skip


def text_of(*findings: Finding, style: Style | None = None) -> str:
    policy = PolicyText("CP_A_001", "a", "high", "high", Text("Title", "題"), Text("why", "理由"), Text("do it", "直す"), ("c:1",))
    estates = [ScannedEstate("/p", "terraform", "hcl", 1, [], {"fail": len(findings)}, {}, {})]
    return render("text", Report("/p", "/p", list(findings), estates, [], {"CP_A_001": policy}), style or Style("en"))


def marked(text: str) -> str:
    """What the carets stand under, by columns of a terminal."""
    lines = text.split("\n")
    at = next(number for number, line in enumerate(lines) if re.search(r"[│|] *\^+$", line))
    first, last = lines[at].index("^"), lines[at].rindex("^")
    shown, column = "", 0
    for character in lines[at - 1]:
        if first <= column <= last:
            shown += character
        column += width(character)
    return shown


words = st.text(alphabet="ab=\"'漢字かなﾊﾝ😀 \t()", min_size=1, max_size=15)


@given(words, words, words)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_carets_stand_under_the_attribute(tmp_path, before, target, after):
    target = f"x{target}y"  # visible at both ends
    file = tmp_path / "a.tf"
    file.write_bytes(f"{before}{target}{after}z\n".encode())
    shown = marked(text_of(finding(file, 1, len(before) + 1, 1, len(before) + len(target))))
    expanded = (before + target).expandtabs(4)[len(before.expandtabs(4)) :]
    assert shown == expanded


@pytest.mark.parametrize("columns", [40, 60, 100])
@pytest.mark.parametrize("before", [0, 30, 90, 500, 5000])
def test_carets_stand_right_in_a_line_that_is_cut(tmp_path, before, columns):
    file = tmp_path / "a.json"
    file.write_text("漢字" * (before // 2) + "TARGET" + "か" * 3000, encoding="utf-8")
    start = before // 2 * 2 + 1
    text = text_of(finding(file, 1, start, 1, start + 5), style=Style("en", width=columns))
    assert marked(text) == "TARGET"
    snippet = next(line for line in text.split("\n") if "TARGET" in line)
    assert width(snippet) <= columns


def test_a_block_shows_its_first_line_only(tmp_path):
    file = tmp_path / "a.tf"
    file.write_text("resource x {\n  one\n  two\n}\n", encoding="utf-8")
    for missing in ({"attribute": ""}, {"seen": None}):
        text = text_of(finding(file, 1, 1, 4, 1, **missing))
        assert marked(text) == "resource x {" and "one" not in text


def test_a_nested_block_is_marked_line_by_line_up_to_six(tmp_path):
    file = tmp_path / "a.tf"
    file.write_text("resource x {\n" + "".join(f"  line{n}\n" for n in range(2, 30)), encoding="utf-8")
    text = text_of(finding(file, 2, 3, 4, 8))
    assert re.findall(r"^ +(\d+) >", text, re.MULTILINE) == ["2", "3", "4"]
    text = text_of(finding(file, 2, 3, 25, 8))
    assert re.findall(r"^ +(\d+) >", text, re.MULTILINE) == ["2", "3", "4", "5", "6"] and "> …" in text


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"one line only\n"])
def test_a_file_that_changed_or_went_is_tolerated(tmp_path, content):
    file = tmp_path / "a.tf"
    if content is not None:
        file.write_bytes(content)
    text = text_of(finding(file, 7, 3, 9, 4))
    assert "a.tf:7:3" in text and "is wrong" in text and "^" not in text


def test_a_line_that_got_shorter_gets_no_marks(tmp_path):
    file = tmp_path / "a.tf"
    file.write_text("short\n", encoding="utf-8")
    text = text_of(finding(file, 1, 50, 1, 60))
    assert "short" in text and "^" not in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_file_that_became_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.tf")
    assert "a.tf:1:1" in text_of(finding(tmp_path / "a.tf", 1, 1))


def test_a_line_that_holds_a_secret_is_hidden_in_every_finding(tmp_path):
    file = tmp_path / "a.tf"
    file.write_text('innocent = "hunter2"\npublic = true\n' + '{"a": "hunter2"}' * 300, encoding="utf-8")
    secret = [finding(file, 1, 1, 1, 20, policy="CP_KEY_005"), finding(file, 3, 8, 3, 14, policy="CP_KEY_005")]
    text = text_of(finding(file, 2, 1, 2, 13), *secret, finding(file, 3, 40, 3, 45))
    assert "hunter2" not in text and text.count('innocent = "****"') == 2
    assert "hunter2" in text_of(finding(file, 2, 1, 2, 13))  # hidden because it was found, not by chance


def test_what_holds_no_secret_hides_nothing(tmp_path):
    file = tmp_path / "a.tf"
    file.write_text('resource "a" "b" {\n  acl = "public-read"\n}\n', encoding="utf-8")
    whole = finding(file, 1, 1, 3, 2, policy="CP_KEY_005")
    whole.verdict = "pass"
    assert 'acl = "public-read"' in text_of(whole, finding(file, 2, 3, 2, 6))


def test_the_remedy_stands_once_per_policy(report):
    text = render("text", report, Style("en", width=200))
    for policy in report.policies.values():
        assert text.count(policy.remedy.en) == 1


def test_paths_can_be_clicked(report, project, monkeypatch):
    assert "  --> infra 100%/main.tf:7:28\n" in render("text", report, Style())
    monkeypatch.chdir(project / "infra 100%")
    assert "  --> main.tf:7:28\n" in render("text", report, Style())
    monkeypatch.chdir(project.parent.parent)
    outside = project.parent / "sideways"
    outside.mkdir()
    monkeypatch.chdir(outside)
    assert f"  --> {project}{os.sep}infra 100%{os.sep}main.tf:7:28\n" in render("text", report, Style())


def test_passes_and_files_left_out_only_when_asked_for(report):
    plain, full = render("text", report, Style()), render("text", report, Style(show_passed=True, verbose=True))
    for words in ("in Tokyo", "has no Resources", "null_resource 1", "days = 365 (default)"):
        assert words not in plain and words in full
    assert "ports = [80, 443]\n" in full
    assert "waived until March" in plain, "an exception is never out of sight"
    report.run = {"parameters": {"CP_LOG_002": {"days": 400}}}
    assert "CP_LOG_002.days = 400\n" in render("text", report, Style(verbose=True))


def test_colour_changes_nothing_but_colour(report):
    for lang in ("ja", "en"):
        plain = render("text", report, Style(lang))
        coloured = render("text", report, Style(lang, color=True))
        bare = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
        bare = re.sub(r"^ (\S+)  (CP_)", r"[\1] \2", bare, flags=re.MULTILINE)  # a badge is coloured, or in brackets
        assert bare == plain and "\x1b" not in plain


def test_lines_keep_the_width(report):
    for lang in ("ja", "en"):
        for columns in (60, 72, 90, 120):
            for line in render("text", report, Style(lang, width=columns, verbose=True)).split("\n"):
                assert width(line) <= columns, line


def test_nothing_found_and_nothing_wrong_are_said():
    nothing = Report("/p", "/p", [], [], [], {})
    assert "検査できるファイルが見つかりません" in render("text", nothing, Style("ja"))
    clean = Report("/p", "/p", [], [ScannedEstate("/p", "terraform", "hcl", 1, ["/p/a.tf"], {"pass": 3}, {}, {})], [], {})
    assert "Nothing fails." in render("text", clean, Style("en"))


# -- consoles


def own_texts() -> list[str]:
    """Every Text that stands in a module of the reports."""
    found: list[str] = []
    for module in pkgutil.iter_modules(reports.__path__):
        for value in vars(import_module(f"cloudpolicy.reports.{module.name}")).values():
            for text in value.values() if isinstance(value, dict) else [value]:
                if isinstance(text, Text):
                    found += [text.en, text.ja]
    return found


def test_own_words_are_in_cp932():
    texts = own_texts()
    assert len(texts) > 60
    for text in texts:
        assert text.strip()
        text.encode("cp932")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_japanese_windows_console_can_show_the_whole_report(report, lang):
    style = Style(lang, unicode=False, verbose=True, show_passed=True)
    text = render("text", report, style).replace("😀", "")  # stands in the template, not in our words
    text.encode("cp932")
