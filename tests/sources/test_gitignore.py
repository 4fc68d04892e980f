"""Our .gitignore matching against the library that git's own documentation-followers use."""

import pathspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.sources.gitignore import Ignore

CASES = [
    ("*.tf", "main.tf", False, True),
    ("*.tf", "a/main.tf", False, True),
    ("/main.tf", "a/main.tf", False, None),
    ("build/", "build", True, True),
    ("build/", "build", False, None),
    ("a/b", "a/b", False, True),
    ("a/b", "x/a/b", False, None),
    ("**/b", "x/a/b", False, True),
    ("a/**", "a/x/y", False, True),
    ("a/**/b", "a/b", False, True),
    ("a/**/b", "a/x/y/b", False, True),
    ("*.tf\n!keep.tf", "keep.tf", False, False),
    ("# comment\n\n", "comment", False, None),
    (r"\#x", "#x", False, True),
    ("[ab].tf", "a.tf", False, True),
    ("[!ab].tf", "a.tf", False, None),
    ("x?.tf", "x1.tf", False, True),
]


@pytest.mark.parametrize(("text", "path", "is_folder", "verdict"), CASES)
def test_cases(text, path, is_folder, verdict):
    assert Ignore(text).verdict(path, is_folder) is verdict


parts = st.sampled_from(["a", "b", "ab", "main.tf", "x1.tf"])
patterns = st.lists(
    st.builds(
        lambda bang, slash, body, end: bang + slash + body + end,
        st.sampled_from(["", "!"]),
        st.sampled_from(["", "/"]),
        st.sampled_from(["a", "*.tf", "a/b", "**/b", "a/**/b", "x?.tf", "[ab]", "a*", "main.tf"]),
        st.just(""),
    ),
    min_size=1,
    max_size=4,
)


@given(patterns, st.lists(parts, min_size=1, max_size=3))
def test_against_pathspec(lines, path):
    """Files only, and only where no folder on the way is matched (git decides those when it enters the folder, as discovery does)."""
    ours = Ignore("\n".join(lines))
    if any(ours.verdict("/".join(path[:index]), True) is not None for index in range(1, len(path))):
        return
    theirs = pathspec.GitIgnoreSpec.from_lines(lines)
    assert bool(ours.verdict("/".join(path), False)) == theirs.match_file("/".join(path))
