"""Where an installed cloudpolicy says that it comes from."""

from __future__ import annotations

import json
from email.message import Message
from importlib import metadata

import pytest

from cloudpolicy import __version__
from cloudpolicy.scaffold import origin
from repositories import commit, git


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("https://user:token@github.com/a/b", "https://github.com/a/b"),
        ("git@github.com:a/b.git", "https://github.com/a/b"),
        ("ssh://git@gitlab.example.invalid/group/sub/b", "https://gitlab.example.invalid/group/sub/b"),
        ("file:///home/x/b", None),
        ("/home/x/b", None),
        ("https://github.com", None),
        ("https://github.com/a/b; touch x", None),
        ('https://github.com/a/"b"', None),
        ("", None),
    ],
)
def test_web_address(url, address):
    assert origin.web_address(url) == address


@pytest.mark.parametrize(
    ("record", "project", "url", "revision"),
    [
        (
            {"url": "https://t@github.com/a/b.git", "vcs_info": {"vcs": "git", "commit_id": "0123abc"}},
            None,
            "https://github.com/a/b",
            "0123abc",
        ),
        ({"url": "https://github.com/a/b", "vcs_info": {"commit_id": "x; y"}}, None, "https://github.com/a/b", f"v{__version__}"),
        ({"url": "file:///home/x", "dir_info": {}}, "https://github.com/c/d", "https://github.com/c/d", f"v{__version__}"),
        ({"url": "file:///home/x", "dir_info": {}}, None, None, f"v{__version__}"),
        (None, None, None, f"v{__version__}"),
        ("no json", "/etc", None, f"v{__version__}"),
    ],
)
def test_find(monkeypatch, record, project, url, revision):
    class Installed:
        metadata = Message()

        def read_text(self, name):
            return record if record is None or isinstance(record, str) else json.dumps(record)

    if project:
        Installed.metadata["Project-URL"] = f"Source, {project}"
    monkeypatch.setattr(metadata, "distribution", lambda name: Installed())
    found = origin.find()
    assert (found.url, found.revision) == (url, revision)


@pytest.mark.parametrize(
    ("remote", "url"),
    [("git@github.com:a/b.git", "https://github.com/a/b"), ("/srv/b.git", "https://github.com/c/d"), (None, "https://github.com/c/d")],
)
def test_a_checkout_comes_from_its_remote(monkeypatch, tmp_path, remote, url):
    """`pip install .`, as the README says."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    head = commit(folder, x="")
    if remote:
        git(folder, "remote", "add", "origin", remote)

    class Installed:
        metadata = Message()

        def read_text(self, name):
            return json.dumps({"url": folder.as_uri(), "dir_info": {}})

    Installed.metadata["Project-URL"] = "Source, https://github.com/c/d"
    monkeypatch.setattr(metadata, "distribution", lambda name: Installed())
    found = origin.find()
    assert (found.url, found.revision) == (url, head if url.endswith("a/b") else f"v{__version__}")


def test_as_action_and_requirement():
    github, other, unknown = (
        origin.Origin("https://github.com/a/b", "v1"),
        origin.Origin("https://x.invalid/a/b", "v1"),
        origin.Origin(None),
    )
    assert (github.action, other.action, unknown.action) == ("a/b@v1", None, None)
    assert other.requirement == '"cloudpolicy @ git+https://x.invalid/a/b@v1"'
    assert unknown.requirement == f"cloudpolicy=={__version__}"
