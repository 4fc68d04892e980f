"""Patch groups by tag."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Located
from cloudpolicy.evaluate.predicates.patching import in_patch_group
from cloudpolicy.model import ABSENT, Unknown

NAMES = ["Patch Group", "PatchGroup"]
VAR = Unknown("variable-without-value", "var.tags")


def plain(answer: Any) -> Any:
    return answer.truth if isinstance(answer, Located) else answer


@pytest.mark.parametrize(
    "tags",
    [
        {"Patch Group": "production"},
        {"patchgroup": "production", "Name": "web"},
        {"PatchGroup": VAR},
        Unknown("x", "merge(…)", partial={"Patch Group": "production"}),
    ],
)
def test_tagged(tags: Any) -> None:
    assert in_patch_group(None, NAMES, tags) is True


@pytest.mark.parametrize("tags", [ABSENT, {}, {"Name": "web"}, {"Patch Group": ""}, VAR, Unknown("x", "merge(…)", partial={"Name": "web"})])
def test_patching_may_be_arranged_elsewhere(tags: Any) -> None:
    assert isinstance(plain(in_patch_group(None, NAMES, tags)), Unknown)


@given(st.dictionaries(st.sampled_from(["Name", "Patch Group", "PatchGroup"]), st.sampled_from(["", "x"])))
def test_knowing_less_never_makes_a_member(tags: dict[str, str]) -> None:
    half = plain(in_patch_group(None, NAMES, Unknown("x", "merge(…)", partial=tags)))
    assert (half is True and in_patch_group(None, NAMES, tags) is True) or isinstance(half, Unknown)
