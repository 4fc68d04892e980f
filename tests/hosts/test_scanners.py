"""What both hosts are told beside the verdicts."""

import json
import urllib.parse

import pytest

from cloudpolicy.hosts import scanners


class Installed:
    def __init__(self, record):
        self.record = record
        self.metadata = self

    def read_text(self, name):
        return json.dumps(self.record)

    def get_all(self, name):
        return []


GIT = {"url": "https://token@github.com/city/cloudpolicy.git", "vcs_info": {"vcs": "git", "commit_id": "0a1b2c"}}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (GIT, "https://github.com/city/cloudpolicy/blob/0a1b2c/docs/policies/CP_DB_002.md"),
        ({**GIT, "url": "https://git.example.jp/cloudpolicy"}, "docs/policies/CP_DB_002.md"),
        ({"url": "file:///home/me/cloudpolicy", "dir_info": {}}, "docs/policies/CP_DB_002.md"),
    ],
)
def test_a_policys_page_stands_where_it_was_installed_from(monkeypatch, record, expected):
    monkeypatch.setattr("importlib.metadata.distribution", lambda _: Installed(record))
    for cached in (scanners.page, scanners.origin):
        cached.cache_clear()
    try:
        found = scanners.page("CP_DB_002")
    finally:
        for cached in (scanners.page, scanners.origin):
            cached.cache_clear()
    assert found == expected and scanners.is_page(found)
    assert urllib.parse.urlsplit(found).scheme in ("https", "")
