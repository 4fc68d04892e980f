"""A waivers file that an earlier run parsed is judged like one that is parsed now."""

import pytest

from cloudpolicy.cache.entries import Entries, key_of
from cloudpolicy.sources.cloudformation import text
from cloudpolicy.waivers import reading
from waivers.conftest import DAY, entry

FILES = {
    "good": "waivers:\n" + entry() + entry(id="W-002", resource="aws_db_instance.b"),
    "twice the same id": "# moved\nwaivers:\n" + entry() + entry(),
    "expired, unapproved, malformed": "waivers:\n" + entry(granted="2025-04-01", expires="2026-03-31") + entry(id="b", approved_by=None) + entry(id="c", policy="X"),
    "unquoted days, numbers, other keys": "waivers:\n  - {id: 1, policy: CP_DB_002, granted: 2026-04-01, expires: 2027-03-31, 5: x, true: y, ~: z}\n",
    "no mapping": "waivers:\n  - x\n  - [1]\n  - ~\n",
    "no list": "waivers: x\n",
    "no waivers": "other: []\n",
    "no YAML": "waivers: [\n",
    "empty": "",
    "a value that JSON cannot say": "waivers:\n  - id: .nan\n",
}  # fmt: skip


def told(outcome):
    waivers, problems = outcome
    return (
        [(one.id, one.policy, one.state, one.fault and one.fault.en, one.expires, one.span.file, one.span.line, one.span.end_line) for one in waivers],
        [(one.code, one.text.en, one.span.file, one.span.line) for one in problems],
    )  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_it_says_the_same(tmp_path, name):
    file, kept = tmp_path / "cloudpolicy-waivers.yaml", Entries(str(tmp_path / "kept"))
    file.write_text(FILES[name])

    def read(kept):
        return told(reading.read(str(file), str(tmp_path), DAY, 365, lambda id: id if id.startswith("CP_") else None, kept))

    assert read(kept) == read(None)
    assert read(kept) == read(None)


def test_it_is_parsed_once(tmp_path, monkeypatch):
    file, kept = tmp_path / "cloudpolicy-waivers.yaml", Entries(str(tmp_path / "kept"))
    file.write_text(FILES["good"])
    calls = []
    monkeypatch.setattr(text, "parse", lambda *given, real=text.parse: calls.append(given) or real(*given))
    for _ in range(3):
        reading.read(str(file), str(tmp_path), DAY, 365, str, kept)
    assert len(calls) == 1
    file.write_text(FILES["good"] + "# x\n")
    reading.read(str(file), str(tmp_path), DAY, 365, str, kept)
    assert len(calls) == 2


@pytest.mark.parametrize("odd", ["x", 1, {"a": 1}, [1], [[]], [["x", 1, 2, 3]], [["x", 1, 2, 3, "4"]], [["x", 1, 2, 3, 4, 5]]])
def test_odd_entries_are_no_entries(tmp_path, odd):
    file, kept = tmp_path / "cloudpolicy-waivers.yaml", Entries(str(tmp_path / "kept"))
    file.write_text(FILES["good"])
    kept.keep(key_of("waivers", file.read_bytes()), odd)
    assert told(reading.read(str(file), str(tmp_path), DAY, 365, str, kept)) == told(reading.read(str(file), str(tmp_path), DAY, 365, str))
