"""Results as plain values and back; whatever comes back otherwise is refused."""

import copy
import json

import pytest

from cloudpolicy.cache import records
from cloudpolicy.cache.records import Malformed
from cloudpolicy.findings import Finding, ScannedEstate
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text


def everywhere(path):
    return True


def result():
    finding = Finding(
        policy="CP_NET_001", verdict="fail", severity="high", format="terraform", type="aws_x", address="aws_x.a", message=Text("en", "日本語"),
        span=Span("/p/main.tf", 3, 5, 4, 2), estate="/p", fingerprint="f" * 16, attribute="a[0].b", seen="0.0.0.0/0",
        related=[(Span("/p/other.tf", 1), Text("there", "そこ"))], places=[("f" * 16, "aws_x.a", "a.b"), ("0" * 16, "aws_x.a", "a.c")],
    )  # fmt: skip
    bare = Finding(
        policy="CP_LOG_001", verdict="unknown", severity="low", format="terraform", type="terraform", address="", message=Text("", ""),
        span=Span("/p/main.tf"), estate="/p", fingerprint="g", changed_default=True,
    )  # fmt: skip
    scanned = ScannedEstate(
        "/p", "terraform", "hcl", 7, ["/p/main.tf"], {"fail": 1}, {"workspace": "default", "defaults": ["a"]}, {"aws_y": 2}
    )
    return (
        scanned,
        [finding, bare],
        [Diagnostic("warning", "code", Text("a", "あ"), Span("/p/main.tf", 9)), Diagnostic("note", "x", Text("", ""))],
    )


def slots(value):
    """Everything that an object holds, all the way down."""
    if isinstance(value, (Finding, ScannedEstate, Diagnostic, Text, Span)):
        return {name: slots(getattr(value, name)) for name in type(value).__slots__}
    if isinstance(value, (list, tuple)):
        return [slots(item) for item in value]
    return value


def through(value):
    return json.loads(json.dumps(value))


def test_everything_comes_back():
    """A slot that somebody adds to Finding, ScannedEstate or Diagnostic is missing here until records.py knows it."""
    kept = through(records.plain(result(), everywhere))
    assert slots(records.result(kept, everywhere)) == slots(result())


@pytest.mark.parametrize("code", ["too-deep", "internal-error"])
def test_what_depends_on_more_than_the_text_is_not_kept(code):
    scanned, findings, _ = result()
    with pytest.raises(Malformed):
        records.plain((scanned, findings, [Diagnostic("error", code, Text("", ""))]), everywhere)


@pytest.mark.parametrize("notes", [{"a": (1, 2)}, {"a": {1: 2}}, {"a": Text("", "")}, {"a": {1}}])
def test_notes_that_json_would_change_are_not_kept(notes):
    scanned, findings, diagnostics = result()
    scanned.notes = notes
    with pytest.raises(Malformed):
        records.plain((scanned, findings, diagnostics), everywhere)


def test_a_result_quotes_only_its_own_files():
    kept = records.plain(result(), everywhere)
    own = {"/p/main.tf", "/p/other.tf"}
    assert records.result(kept, own.__contains__)
    with pytest.raises(Malformed):
        records.result(kept, {"/p/main.tf"}.__contains__)
    with pytest.raises(Malformed):
        records.plain(result(), {"/p/main.tf"}.__contains__)


def places(value, path=()):
    yield path
    if isinstance(value, (list, dict)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


ODD = [None, True, -1, 1 << 60, 1.5, "", "x", [], [1], {}, {"a": []}, [[[[]]]]]


def test_whatever_is_put_into_an_entry_it_is_refused_or_harmless():
    kept = through(records.plain(result(), everywhere))
    refused = 0
    for path in places(kept):
        for odd in ODD if path else [*ODD, [[], [], [], []]]:
            changed = copy.deepcopy(kept)
            if path:
                at = changed
                for step in path[:-1]:
                    at = at[step]
                at[path[-1]] = odd
            else:
                changed = odd
            try:
                scanned, findings, diagnostics = records.result(changed, everywhere)
            except Malformed:
                refused += 1
                continue
            assert all(type(finding.message.ja) is str and type(finding.span.line) is int for finding in findings)
            assert all(finding.verdict in ("pass", "fail", "unknown") for finding in findings)
            assert all(type(count) is int for count in scanned.counts.values())
            assert all(diagnostic.severity in ("error", "warning", "note") for diagnostic in diagnostics)
    assert refused > 500
