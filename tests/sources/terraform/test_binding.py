"""The binding of tree-sitter, entered without its package: there is one of it, whoever comes first."""

import subprocess
import sys

import pytest

OURS = "from cloudpolicy.sources.terraform import compiler"
THEIRS = "import tree_sitter"
SAME = "import tree_sitter; assert isinstance(compiler.LANGUAGE, tree_sitter.Language); tree_sitter.Parser(compiler.LANGUAGE)"


@pytest.mark.parametrize("first", [(OURS, THEIRS), (THEIRS, OURS)])
def test_one_binding(first):
    subprocess.run([sys.executable, "-c", "; ".join((*first, SAME))], check=True)


def test_a_version_that_keeps_it_elsewhere(monkeypatch):
    import tree_sitter

    from cloudpolicy.sources.terraform import binding

    assert binding._load("tree_sitter._moved") is tree_sitter
