"""A new entry is put at the end of the file, and everything else stays as it was."""

from __future__ import annotations

import re

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.waivers import reading, writing
from waivers.conftest import DAY, GOOD, entry


def known(name: str) -> str | None:
    return name if name == "CP_DB_002" else None


def add(text: str = "", **changes: str) -> str:
    values = {key: value for key, value in {**GOOD, **changes}.items() if key != "id" or "id" in changes}
    return writing.added("/w.yaml", text.encode(), values, DAY, 365, known)[1]


def test_into_nothing():
    waiver, text = writing.added("/w.yaml", b"", {key: GOOD[key] for key in GOOD if key != "id"}, DAY, 365, known)
    assert (waiver.id, waiver.state, waiver.span.line) == ("W-001", "in-force", 3)
    assert yaml.safe_load(text.replace("2026-04-01", '"2026-04-01"').replace("2027-03-31", '"2027-03-31"')) == {"waivers": [GOOD]}


@pytest.mark.parametrize(
    "before",
    [
        "# ours\nwaivers:\n" + entry(),
        "waivers:\n" + entry().rstrip("\n"),
        "# the first\r\nwaivers:\r\n" + entry().replace("\n", "\r\n"),
        "waivers:\n" + re.sub("(?m)^  ", "", entry()) + "# the end\n",
        "waivers:\n" + re.sub("(?m)^  ", "      ", entry()),
    ],
)
def test_what_people_wrote_stays(before):
    text = add(before)
    assert text.startswith(before)
    waivers, problems = reading.parse("/w.yaml", text.encode(), DAY, 365, known)
    assert not problems and [(waiver.id, waiver.state) for waiver in waivers] == [("W-001", "in-force"), ("W-002", "in-force")]


@pytest.mark.parametrize("before", ["", "waivers:\n", "waivers: []\n", "{}"])
def test_an_empty_file(before):
    assert "- id: W-001\n" in add(before)


@pytest.mark.parametrize(
    ("before", "changes", "words"),
    [
        ("waivers: [", {}, "cannot be parsed"),
        ("waivers: [{id: W-009}]\n", {}, "put this into it yourself"),
        ("waivers:\n" + entry(), {"id": "W-001"}, "taken"),
        ("", {"expires": "2026-11-28"}, "expired"),
        ("", {"expires": "2999-12-31"}, "at most 365"),
        ("", {"expires": "soon"}, "such as"),
        ("", {"policy": "CP_X_1"}, "no policy"),
        ("", {"approved_by": "setter"}, "somebody else"),
        ("", {"resource": "*"}, "everything"),
    ],
)
def test_what_would_not_count_is_not_written(before, changes, words):
    with pytest.raises(writing.NotWritten) as refused:
        add(before, **changes)
    assert words in refused.value.text.en and refused.value.text.ja


def test_ids_go_on_from_the_highest():
    before = "waivers:\n" + entry(id="W-009") + entry(id="exception-7", resource="aws_db_instance.b")
    assert "id: W-010\n" in add(before)


def test_one_may_be_approved_ahead():
    assert writing.added("/w.yaml", b"", {**GOOD, "granted": "2027-01-01"}, DAY, 365, known)[0].state == "not-yet-valid"


@given(st.text(max_size=80))
def test_any_text_comes_back_as_it_was_or_is_refused(reason):
    try:
        text = add(reason=reason)
    except writing.NotWritten:
        return
    waivers, problems = reading.parse("/w.yaml", text.encode(), DAY, 365, known)
    assert not problems and [waiver.reason for waiver in waivers] == [reason.encode("utf-8", "replace").decode().strip()]
    assert waivers[0].approved_by == "manager"


def test_the_schema_agrees_with_the_reader():
    schema = reading.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate({"waivers": [GOOD]})
    for spoilt in ({**GOOD, "approver": "x"}, {**GOOD, "id": "W 1"}, *({k: v for k, v in GOOD.items() if k != gone} for gone in GOOD)):
        assert not validator.is_valid({"waivers": [spoilt]}), spoilt
