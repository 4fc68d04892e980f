"""Columns: widths, wrapped lines fit and lose nothing, nothing reaches the terminal that it would obey."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.reports.columns import clean, width, wrap


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("日本語", 6), ("ﾊﾝｶｸ", 4), ("か\u3099", 2), ("a😀b", 4), ("e\u0301", 1)]
)
def test_width(text, columns):
    assert width(text) == columns


sentences = st.text(alphabet=st.sampled_from('ab_.[]"(){}= ,漢字かな。、「」（）ーっ😀ﾊ/-'), max_size=120)


@given(sentences, st.integers(min_value=20, max_value=60))
def test_wrap_fits_and_loses_nothing_but_spaces(text, columns):
    lines = wrap(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        too_long_word = max((width(word) for word in line.split()), default=0) > columns - 4
        assert width(line) <= columns or too_long_word


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one():
    text = "公開を遮断し、「public」を削除してください。許可は（必要な）主体に「限って」ください。" * 3
    for columns in range(20, 60):
        for line in wrap(text, columns):
            assert line[0] not in "、。」）" and line[-1] not in "「（", (columns, line)


def test_english_breaks_between_words():
    assert wrap("give it with --var-file or a default", 20) == ["give it with", "--var-file or a", "default"]


@given(st.text())
def test_clean_leaves_nothing_that_a_terminal_obeys(text):
    shown = clean(text)
    assert len(shown) == len(text)
    for character in shown:
        assert unicodedata.category(character) not in ("Cc", "Zl", "Zp", "Cs")
        assert unicodedata.bidirectional(character) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
