"""Our words, not the guidelines': no run of the documents' text stands in a catalogue or a policy.

The documents are not ours to ship; where they are at hand, CLOUDPOLICY_GUIDELINES names their folder.
"""

import os
import pathlib
import re

import pytest

from cloudpolicy.guidelines import catalogue
from cloudpolicy.policy import pack as packs

HERE = pathlib.Path(__file__).resolve()
BESIDE = next((folder for up in HERE.parents if (folder := up / "shared" / "guidelines").is_dir()), HERE / "absent")
FOLDER = pathlib.Path(os.environ.get("CLOUDPOLICY_GUIDELINES", BESIDE))
RUN = 20  # characters in a row, spaces and punctuation left out


def plain(text):
    return re.sub(r"[\W_]+", "", text)


def runs(text, sources):
    """The longest stretches of at least RUN characters that `text` shares with a source."""
    text = plain(text)
    at, found = 0, []
    while at + RUN <= len(text):
        end = at + RUN
        if any(text[at:end] in source for source in sources):
            while end < len(text) and any(text[at : end + 1] in source for source in sources):
                end += 1
            found.append(text[at:end])
            at = end
        else:
            at += 1
    return found


def test_the_search_itself_finds_a_copy():
    source = plain("設定の作業は、必ず二人で行い、その記録を五年のあいだ残しておくこととする。")
    assert runs("これが「必ず二人で行い、その記録を五年のあいだ残して」いる写し", [source]) == [
        "必ず二人で行いその記録を五年のあいだ残して"
    ]
    assert runs("二人で作業し、記録を五年残す", [source]) == []


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the guideline documents are not here: set CLOUDPOLICY_GUIDELINES")
def test_nothing_is_copied():
    sources = [plain(path.read_text("utf-8")) for path in FOLDER.glob("*.txt")]
    assert sources
    ours = {}
    for clause in catalogue.load():
        for name in ("title", "residual", "exceptions", "note"):
            text = getattr(clause, name)
            if text is not None:
                ours[f"{clause.id} {name}"] = text.ja
    pack = packs.load()
    for id in pack.policies:
        text = pack.text(id)
        ours[id] = f"{text.title.ja}\n{text.rationale.ja}\n{text.remedy.ja}"
    assert {key: found for key, text in ours.items() if (found := runs(text, sources))} == {}
    assert [key for key, text in ours.items() if len(plain(text)) >= 12 and any(plain(text) in source for source in sources)] == []


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the guideline documents are not here: set CLOUDPOLICY_GUIDELINES")
def test_every_number_of_the_fisc_document_is_in_the_catalogue():
    (text,) = [text for path in FOLDER.glob("*.txt") if "設83-1" in (text := path.read_text("utf-8"))]
    numbers = set(re.findall(r"([設運技]\d+(?:-\d+)?) ", text))
    assert numbers == {clause.number for clause in catalogue.load() if clause.document == "fisc-2012"}
