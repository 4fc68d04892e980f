"""What people and programs get, format by format and language by language: differences are read like code."""

from __future__ import annotations

import json

import pytest

from cloudpolicy.reports import FORMATS, Style, render

ENDING = {
    "text": "txt",
    "json": "json",
    "sarif": "sarif",
    "junit": "xml",
    "github": "github",
    "gitlab": "codequality.json",
    "azure-devops": "azure-devops",
    "markdown": "md",
}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", FORMATS)
def test_format(name, lang, report, matches):
    text = render(name, report, Style(lang))
    if name == "sarif":  # one long line on disk; here for people
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"
    matches(text, f"{lang}.{ENDING[name]}")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("name", FORMATS)
def test_format_with_decisions(name, lang, decided, matches):
    """Waived, known, expired and unused: each stays in every report and is told apart."""
    text = render(name, decided, Style(lang))
    if name == "sarif":
        document = json.loads(text)
        document["runs"][0]["tool"] = {}  # the rules stand in the other snapshot
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    matches(text, f"decided-{lang}.{ENDING[name]}")


def test_text_on_a_poor_console_with_everything_asked_for(report, matches):
    matches(render("text", report, Style("ja", width=72, unicode=False, verbose=True, show_passed=True)), "ja-poor-console.txt")


def test_text_in_colour(report, matches):
    matches(render("text", report, Style("en", color=True, verbose=True)).replace("\x1b", "<ESC>"), "en-colour.txt")
