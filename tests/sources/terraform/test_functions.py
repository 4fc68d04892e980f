"""Built-in functions: as terraform console answers, and honest where an argument is unknown."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform.functions import NAMES, FunctionError, call
from cloudpolicy.sources.terraform.functions.regex_machine import Machine
from cloudpolicy.sources.terraform.types import Set, to_string

DATA = os.path.join(os.path.dirname(__file__), "..", "..", "data", "terraform")
LOST = Unknown("known-after-apply", "aws_vpc.a.id", ("aws_vpc.a",))
OTHER = Unknown("data-source", "data.x.y.id", ("data.x.y",))
UNSUPPORTED = {r'regex("\\p{L}+", "12é")', 'regex("(?U)a+", "aa")'}  # honest: unknown, not wrong


def partly(text: str) -> Unknown:
    return Unknown("known-after-apply", "e", ("aws_vpc.a",), text)


class Files:
    """What the evaluator lends."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def read_text(self, path: str) -> str:
        return self.texts[path]

    def exists(self, path: str) -> bool:
        return path in self.texts

    def glob(self, folder: str, pattern: str) -> list[str]:
        return sorted(self.texts, reverse=True)

    def template(self, text: str, variables: dict[str, Any]) -> Any:
        return text.replace("$name", str(variables["name"]))


with open(os.path.join(DATA, "function_cases.json"), encoding="utf-8") as file:
    CASES = [case for case in json.load(file) if case["call"] not in UNSUPPORTED]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["call"][:60])
def test_as_terraform_console_answers(case: dict[str, Any]) -> None:
    arguments = [Set(one) if at in case["sets"] else one for at, one in enumerate(case["arguments"])]
    name = case["call"].split("(")[0]
    if case["result"] is None:
        with pytest.raises(FunctionError):
            call(name, arguments)
    else:
        assert [call(name, arguments)] == case["result"]


def test_every_function_of_the_documentation_is_there() -> None:
    """`terraform metadata functions` of 1.11 lists these; try and can belong to the evaluator, map and list are gone."""
    with open(os.path.join(DATA, "function_names.txt"), encoding="utf-8") as names:
        assert set(names.read().split()) - {"try", "can"} == NAMES


@pytest.mark.parametrize("name", ["timestamp", "plantimestamp", "uuid"])
def test_what_changes_from_run_to_run_is_unknown(name: str) -> None:
    assert call(name, []).reason == "unsupported-expression"


def test_a_providers_function_is_unknown_and_keeps_references() -> None:
    result = call("provider::aws::arn_parse", [LOST])
    assert (result.reason, result.references) == ("unsupported-expression", ("aws_vpc.a",))


def test_core_functions_by_their_full_name() -> None:
    assert call("core::upper", ["a"]) == "A"


@pytest.mark.parametrize(("name", "arguments"), [("nope", []), ("upper", []), ("upper", ["a", "b"]), ("upper", [None]), ("length", [5])])
def test_a_bad_call_is_a_function_error(name: str, arguments: list[Any]) -> None:
    with pytest.raises(FunctionError):
        call(name, arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    [
        ("length", [[LOST, 1]], 2),
        ("keys", [{"b": LOST, "a": 1}], ["a", "b"]),
        ("values", [{"b": LOST, "a": 1}], [1, LOST]),
        ("concat", [[LOST], [1]], [LOST, 1]),
        ("merge", [{"a": LOST}, {"b": 1}], {"a": LOST, "b": 1}),
        ("element", [[LOST, 1], 1], 1),
        ("slice", [[LOST, 1, 2], 1, 2], [1]),
        ("zipmap", [["a"], [LOST]], {"a": LOST}),
        ("lookup", [{"a": 1, "b": LOST}, "a"], 1),
        ("lookup", [{"b": LOST}, "a", 5], 5),
        ("contains", [[LOST, "a"], "a"], True),
        ("coalesce", [None, "", "a", LOST], "a"),
        ("coalescelist", [[], ["a"], LOST], ["a"]),
        ("alltrue", [[LOST, False]], False),
        ("anytrue", [[LOST, True]], True),
        ("reverse", [[LOST, 1]], [1, LOST]),
        ("one", [[LOST]], LOST),
        ("chunklist", [[LOST, 1, 2], 2], [[LOST, 1], [2]]),
        ("setproduct", [[LOST], ["a"]], [[LOST, "a"]]),
        ("index", [["a", LOST], "a"], 0),
        ("tolist", [[LOST, 1, "b"]], [LOST, "1", "b"]),
        ("matchkeys", [[LOST, 2], ["a", "b"], ["a"]], [LOST]),
        ("compact", [[partly("a-${…}"), "", "b"]], [partly("a-${…}"), "b"]),
        ("flatten", [[[partly("a-${…}")], ["b"]]], [partly("a-${…}"), "b"]),
        ("jsondecode", [Unknown("known-after-apply", "", (), {"a": [LOST]})], {"a": [LOST]}),
        ("startswith", [partly("arn:aws:s3:::${…}"), "arn:aws:s3"], True),
        ("startswith", [partly("arn:aws:s3:::${…}"), "arn:aws:iam"], False),
        ("endswith", [partly("${…}/*"), "/*"], True),
        ("strcontains", [partly("a-${…}"), "a-"], True),
        ("substr", [partly("abcdef${…}"), 1, 3], "bcd"),
        ("format", ["%s", "a"], "a"),
    ],
)
def test_an_unknown_leaf_spoils_only_what_depends_on_it(name: str, arguments: list[Any], wanted: Any) -> None:
    assert call(name, arguments) == wanted


@pytest.mark.parametrize(
    ("name", "arguments", "partial"),
    [
        ("join", ["/", ["a", LOST, "b"]], "a/${…}/b"),
        ("format", ["arn:%s:%d", LOST, 5], "arn:${…}:5"),
        ("format", ["%s", partly("a-${…}")], "a-${…}"),
        ("lower", [partly("ABC-${…}")], "abc-${…}"),
        ("upper", [partly("abc-${…}")], "ABC-${…}"),
        ("trimsuffix", [partly("${…}.example.com"), ".com"], "${…}.example"),
        ("trimsuffix", [partly("abcd${…}m"), ".com"], "a${…}"),
        ("trimprefix", [partly("https://${…}"), "https://"], None),
        ("trimspace", [partly("  a ${…} ")], "a${…}"),
        ("replace", [partly("a-b-${…}"), "-", "_"], "a_b_${…}"),
        ("replace", [partly("ab${…}"), "bc", "x"], None),
        ("substr", [partly("abc${…}"), 1, 10], "b${…}"),
        ("merge", [LOST, {"a": 1}], {"a": 1}),
        ("concat", [["a"], LOST], ["a", LOST]),
        ("jsonencode", [{"a": LOST}], {"a": LOST}),
        ("yamlencode", [[LOST]], [LOST]),
        ("toset", [["a", LOST]], ["a", LOST]),
        ("flatten", [[["a"], LOST]], ["a", LOST]),
        ("sort", [["b", LOST]], ["b", LOST]),
        ("setunion", [["a"], LOST], ["a", LOST]),
        ("upper", [LOST], None),
        ("sha256", [LOST], None),
        ("length", [LOST], None),
    ],
)
def test_what_is_known_of_an_unknown_result_is_kept(name: str, arguments: list[Any], partial: Any) -> None:
    result = call(name, arguments)
    assert isinstance(result, Unknown)
    assert (result.reason, result.references, result.partial) == ("known-after-apply", ("aws_vpc.a",), partial)


def test_references_of_all_unknown_arguments_are_joined() -> None:
    result = call("sha256", [call("join", ["", [LOST, {"x": 1}["x"], OTHER]])])
    assert result.references == ("aws_vpc.a", "data.x.y")


def test_json_text_with_unknown_parts_shows_its_structure() -> None:
    text = '{"Resource": "arn:${…}/*", "Count": ${…}, "Action": ["s3:Get"]}'
    result = call("jsondecode", [partly(text)])
    assert result["Action"] == ["s3:Get"]
    assert (result["Resource"].partial, result["Count"].partial) == ("arn:${…}/*", None)
    assert isinstance(call("jsondecode", [partly('{"a": ${…}')]), Unknown)


def test_a_document_with_unknown_leaves_is_a_text_and_not_empty() -> None:
    document = Unknown("known-after-apply", "d.json", (), {"Statement": [{"Resource": LOST, "Sid": "_ARN_"}]})
    assert call("coalesce", [None, document, "b"]) is document
    assert call("compact", [["", document, None]]) == [document]
    replaced = call("replace", [document, "_ARN_", "arn:x"])
    assert replaced.partial == {"Statement": [{"Resource": LOST, "Sid": "arn:x"}]}
    unknown = call("replace", [document, "_ARN_", LOST])
    assert isinstance(unknown.partial["Statement"][0]["Sid"], Unknown)
    assert call("replace", [partly("${…}/*"), "_ARN_", "x"]).partial == "${…}/*"  # nothing known can take part in an occurrence
    assert call("replace", [partly("${…}_/*"), "_ARN_", "x"]).partial is None
    assert call("replace", [document, "Sid", "x"]).partial is None  # it reaches into the structure
    assert call("replace", [document, '"', "x"]).partial is None


def test_a_slice_of_an_unknown_list_is_as_long_as_asked_for() -> None:
    zones = call("slice", [Unknown("data-source", "data.z.names", ("data.z",)), 1, 3])
    assert [type(zone) for zone in zones] == [Unknown, Unknown]
    assert zones[0].references == ("data.z",)
    assert call("slice", [LOST, 2, 2]) == []
    assert isinstance(call("slice", [LOST, 0, LOST]), Unknown)
    assert call("slice", [LOST, 0, 10**9]).reason == "expansion-limit"
    with pytest.raises(FunctionError):
        call("slice", [LOST, 3, 1])


def test_coalesce_counts_out_what_it_may_be() -> None:
    assert call("coalesce", [None, LOST, "b", "c"]).choices == (LOST, "b")
    assert call("coalesce", [partly("x${…}"), "b"]) == partly("x${…}")


def test_choices_are_counted_out() -> None:
    either = Unknown("condition-undetermined", "c ? 1 : 2", (), None, ("10.0.0.0/8", "10.1.0.0/16"))
    assert call("cidrsubnet", [either, 8, 1]).choices == ("10.1.0.0/16", "10.1.1.0/24")
    assert call("startswith", [either, "10."]) is True
    assert call("coalesce", [Unknown("condition-undetermined", "", (), None, (ABSENT, "a")), "a"]) == "a"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("range", [10**9]),
        ("setproduct", [list(range(1000)), list(range(1000))]),
        ("join", ["x" * 1000, ["a"] * 20_000]),
        ("indent", [10**8, "a\nb"]),
        ("replace", ["a" * 10_000, "a", "b" * 10_000]),
        ("format", ["%999999999s", "a"]),
        ("pow", [10, 10**9]),
        ("formatlist", ["%s" * 1000, *[["x" * 100_000]] * 1000]),
        ("regexall", ["a", "a" * 30_000]),
        (
            "yamldecode",
            [
                "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8))
            ],
        ),
    ],
)
def test_growth_is_capped(name: str, arguments: list[Any]) -> None:
    assert call(name, arguments).reason == "expansion-limit"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "a*a*a*a*a*a*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_catastrophic_pattern_does_not_hang(pattern: str) -> None:
    with contextlib.suppress(FunctionError):
        call("regex", [pattern, "a" * 5000 + "!"])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [
            "(a+)+b",
            "(a|ab)(c|bcd)(d*)",
            "a*?b",
            "(?:(a)|b)+",
            r"^(([a-d]|[a-d][a-d\-]*[a-d])\.)*([a-d]+)$",
            "[^a]+b?",
            "(?i:AB)+",
            "(?m:^b$)",
            "a{2,3}b{0,2}",
            r"\bab\b",
            "(a*)(b*)c?",
            "(?s:.)+a",
            "x?y??",
            r"\D\s?\S",
        ]
    ),
    st.text("abcdAB\n-.", max_size=9),
)
def test_the_linear_engine_agrees_with_the_backtracking_one(pattern: str, subject: str) -> None:
    compiled = re.compile(pattern.replace("$", r"\Z") if "?m" not in pattern else pattern, re.ASCII)
    ours, theirs = Machine(compiled).search(subject), compiled.search(subject)
    assert (ours and (ours.start(), ours.end(), ours.groups())) == (theirs and (*theirs.span(), theirs.groups()))


def test_files() -> None:
    files = Files(**{"a.txt": "hello $name"})
    assert call("file", ["a.txt"], files) == "hello $name"
    assert call("fileexists", ["b.txt"], files) is False
    assert call("fileset", ["x", "*"], files) == Set(["a.txt"])
    assert call("templatefile", ["a.txt", {"name": "you"}], files) == "hello you"
    assert call("filemd5", ["a.txt"], files) == call("md5", ["hello $name"])
    assert call("filebase64sha256", ["missing.zip"], files).reason == "unreadable"
    assert call("file", [LOST], files).references == ("aws_vpc.a",)
    with pytest.raises(FunctionError):
        call("file", ["missing"], files)


def test_a_dict_subclass_is_handed_on_not_copied() -> None:
    class Block(dict):  # type: ignore[type-arg]
        pass

    block = Block(a=1)
    assert call("merge", [{}, block, None]) is block
    assert call("concat", [[block]])[0] is block


def test_importing_the_functions_loads_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import cloudpolicy.sources.terraform.functions as f; f.call('upper', ['a']);"
        "print(' '.join(sorted(set(sys.modules) - before)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout.split()
    assert not {"hashlib", "base64", "ipaddress", "datetime", "uuid", "yaml", "csv", "decimal", "typing", "dataclasses"} & set(loaded)


# -- properties --------------------------------------------------------------------------------------------------------------------

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["10.0.0.0/8", "a,b", "{}", "%s", "[a", "2020-01-01T00:00:00Z", "a\n", "-", ""])
)
unknown_leaves = st.sampled_from([LOST, OTHER, partly("a-${…}"), partly("${…}b"), partly("x${…}y")])
known = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3), max_leaves=6
)
anything = st.recursive(
    leaves | unknown_leaves | st.builds(Set, st.lists(st.text(max_size=2), unique=True, max_size=3)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(sorted(NAMES)), st.lists(anything, max_size=4))
def test_nothing_but_function_errors(name: str, arguments: list[Any]) -> None:
    try:
        call(name, arguments, Files(a="b"))
    except FunctionError as error:
        assert str(error)


SHAPES: dict[str, Any] = {}
_texts = st.text("ab-/. A", max_size=5)
_lists = st.lists(_texts | st.just(LOST), max_size=4)
_maps = st.dictionaries(st.sampled_from("abc"), _texts | st.just(LOST), max_size=3)
for _name in ("upper", "lower", "trimspace", "chomp", "length", "strrev", "jsonencode", "tostring"):
    SHAPES[_name] = st.tuples(_texts | st.just(LOST))
for _name in ("startswith", "endswith", "strcontains", "trim", "trimprefix", "trimsuffix", "split"):
    SHAPES[_name] = st.tuples(_texts | st.just(LOST), _texts)
for _name in ("concat", "setunion", "setintersection", "setsubtract", "setproduct"):
    SHAPES[_name] = st.tuples(_lists, _lists)
for _name in ("flatten", "compact", "distinct", "reverse", "sort", "one", "toset", "tolist", "length", "jsonencode"):
    SHAPES[_name] = st.tuples(_lists)
SHAPES |= {
    "contains": st.tuples(_lists, _texts),
    "index": st.tuples(_lists, _texts),
    "element": st.tuples(_lists, st.integers(0, 4)),
    "join": st.tuples(_texts, _lists),
    "merge": st.tuples(_maps, _maps | st.just(LOST)),
    "keys": st.tuples(_maps),
    "lookup": st.tuples(_maps, st.sampled_from("abc"), _texts),
    "values": st.tuples(_maps),
    "coalesce": st.tuples(_texts | st.none() | st.just(LOST), _texts | st.just(LOST), _texts),
    "replace": st.tuples(_texts | st.just(LOST), _texts, _texts),
    "format": st.tuples(st.just("%s-%s"), _texts | st.just(LOST), _texts),
    "substr": st.tuples(_texts | st.just(LOST), st.integers(0, 3), st.integers(-1, 3)),
}


def _fill(value: Any, text: str, partial: bool) -> Any:
    if isinstance(value, Unknown):
        return partly(f"a-${{…}}{text}") if partial else f"a-{text}{text}"
    if isinstance(value, list):
        return [_fill(item, text, partial) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, text, partial) for key, item in value.items()}
    return value


def _agrees(before: Any, after: Any) -> bool:
    """`after` is a refinement of `before`: only unknown parts were settled, and as their text and choices allow."""
    if isinstance(before, Unknown):
        if isinstance(before.partial, str) and isinstance(after, str):
            parts = before.partial.split("${…}")
            return after.startswith(parts[0]) and after.endswith(parts[-1]) and len(after) >= sum(map(len, parts))
        return True
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(_agrees, before, after))
    if isinstance(before, dict):
        return isinstance(after, dict) and before.keys() == after.keys() and all(_agrees(before[key], after[key]) for key in before)
    if isinstance(before, (str, int, float)) and isinstance(after, (str, int, float)):
        return to_string(before) == to_string(after)
    return bool(before == after)


@settings(max_examples=1500, deadline=None)
@given(st.data(), st.sampled_from(sorted(SHAPES)), _texts)
def test_settling_an_unknown_never_changes_a_definite_result(data: st.DataObject, name: str, text: str) -> None:
    arguments = list(data.draw(SHAPES[name]))
    for first in (_fill(arguments, text, True), arguments):
        try:
            before = call(name, first)
            after = call(name, _fill(arguments, text, False))
        except FunctionError:
            continue
        assert _agrees(before, after), (before, after)
