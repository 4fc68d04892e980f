"""Whatever stands in a template, a name or a statement: nothing is executed, nothing breaks a file, nothing is lost without a mark."""

import io
import json
import re
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.handover.hostile import HOSTILE, dossier

from cloudpolicy.reports import handover
from cloudpolicy.reports.handover import page
from cloudpolicy.reports.handover.plain import CELL, cut, plain

TAGS = (
    "a article b bdi button code dd details div dl dt figcaption figure footer form h1 h2 h3 header input label li main nav option p rect "
    "section select span summary svg table tbody td text th thead title tr ul"
)


@pytest.fixture(scope="module", params=["ja", "en"])
def files(request):
    return handover.render(dossier(language=request.param))


def test_no_cell_is_a_formula_or_a_link(files):
    book = openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))
    seen = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n"), (sheet.title, cell.coordinate, cell.data_type)
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    seen.add(cell.value)
                    assert cell.value[:1] not in ("=", "+", "-", "@") or cell.quotePrefix
    assert "=cmd|'/c calc'!A1" in seen and "@SUM(A1:A9)" in seen, "kept as they are, as text"


def test_the_workbook_is_sound_xml_without_anything_that_runs(files):
    with zipfile.ZipFile(io.BytesIO(files["checklist.xlsx"])) as archive:
        names = archive.namelist()
        for name in names:
            if name.endswith((".xml", ".rels")):
                tree = ElementTree.fromstring(archive.read(name))
                assert not [e for e in tree.iter() if e.tag.rpartition("}")[2] in ("f", "hyperlink", "ddeLink", "oleLink")], name
    assert not [name for name in names if "external" in name.lower() or "vba" in name.lower() or "drawing" in name]


def test_long_texts_are_cut_with_a_mark(files):
    book = openpyxl.load_workbook(io.BytesIO(files["checklist.xlsx"]))
    texts = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert max(len(text.encode("utf-16-le")) // 2 for text in texts) <= CELL
    assert any("長長長" in text and text.endswith((" 文字を省略]", " more characters]")) for text in texts)


def test_the_page_keeps_every_text_as_text(files):
    text = files["report.html"].decode("utf-8")
    body = text.partition("<body>")[2].rpartition("<script>")[0]
    tags = set(re.findall(r"<(\w+)", body))
    assert tags <= set(TAGS.split())
    assert not re.search(r"<[^>]*\son\w+=", body) and not re.search(r"<[^>]*(?:src|href)=\"(?!#)", body)
    assert "\u202e" not in text and "\\u202egnp.exe" in text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", text)


def test_the_json_files_are_json(files):
    for name, data in files.items():
        if name.endswith((".json", ".sarif")):
            json.loads(data)
            data.decode("utf-8")


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=200), st.integers(100, 300))
def test_any_text_becomes_safe_and_short(text, limit):
    safe = plain(text)
    safe.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", safe)
    assert len(cut(text, limit, "ja").encode("utf-16-le")) // 2 <= limit
    if len(safe.encode("utf-16-le")) // 2 <= limit:
        assert cut(text, limit, "en") == safe


def test_what_is_spelled_out_is_not_lost():
    assert plain("a\x1b[31m\u202eb\ud800") == "a\\x1b[31m\\u202eb\\ud800"
    assert plain("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd e"
    assert plain("家族 👩‍👩‍👧 が") == "家族 👩‍👩‍👧 が"


def test_the_page_allows_only_its_own_script_and_style():
    text = page.render(dossier(HOSTILE[:1]))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert text.count("<script>") == 1 and " style=" not in text
