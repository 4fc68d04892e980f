"""The registry: names, file endings, writing whole files, and what an import costs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cloudpolicy import reports
from cloudpolicy.reports import Style, UnknownFormat, format_of, render, write


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("out.json", "json"),
        ("a/b/out.sarif", "sarif"),
        ("out.sarif.json", "sarif"),
        ("OUT.SARIF", "sarif"),
        ("gl-code-quality-report.json", "gitlab"),
        ("out.codequality.json", "gitlab"),
        ("junit.xml", "junit"),
        ("out.junit.xml", "junit"),
        ("要約.md", "markdown"),
        ("out.txt", "text"),
    ],
)
def test_file_ending_tells_the_format(path, name):
    assert format_of(path) == name
    assert name in reports.FORMATS


@pytest.mark.parametrize("path", ["out", "out.html", "json", "folder.json/out.pdf"])
def test_unknown_ending_is_explained_in_both_languages(path):
    with pytest.raises(ValueError) as caught:
        format_of(path)
    text = caught.value.text
    assert path in text.en and path in text.ja and ".sarif" in text.en and "拡張子" in text.ja


def test_unknown_name_is_explained(report):
    with pytest.raises(UnknownFormat, match="no report format 'html'"):
        render("html", report, Style())


def test_write_replaces_the_whole_file(tmp_path):
    path = tmp_path / "out.json"
    path.write_text("old and longer than the new one", encoding="utf-8")
    write(str(path), "新\n")
    assert path.read_bytes() == "新\n".encode()
    assert os.listdir(tmp_path) == ["out.json"]


def test_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    path.write_text("old", encoding="utf-8")

    def full(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write(str(path), "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["out.json"]


def test_write_into_a_missing_folder_is_the_callers_error(tmp_path):
    with pytest.raises(OSError):
        write(str(tmp_path / "no" / "out.json"), "x")


def test_write_survives_a_lone_surrogate(tmp_path):
    write(str(tmp_path / "a.json"), '"\ud800"')
    assert (tmp_path / "a.json").read_bytes() == rb'"\ud800"'


@pytest.mark.skipif(os.name == "nt", reason="POSIX devices and links")
def test_write_keeps_links_and_devices(tmp_path):
    (tmp_path / "real.md").write_text("old", encoding="utf-8")
    os.symlink("real.md", tmp_path / "link.md")
    write(str(tmp_path / "link.md"), "new")
    assert os.path.islink(tmp_path / "link.md") and (tmp_path / "real.md").read_text(encoding="utf-8") == "new"
    write(os.devnull, "x")
    assert not os.path.isfile(os.devnull)


def test_a_report_imports_only_its_own_format_and_nothing_slow():
    code = (
        "import sys; from cloudpolicy.findings import Report; from cloudpolicy.reports import render, Style;"
        "r = Report('/b', '/b', [], [], [], {}); render('text', r, Style()); render('json', r, Style());"
        "print(*sorted(sys.modules))"
    )
    source = os.path.dirname(os.path.dirname(os.path.dirname(reports.__file__)))
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env={**os.environ, "PYTHONPATH": source}, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "cloudpolicy.reports.json_v1" in loaded
    slow = {"dataclasses", "typing", "pathlib", "inspect", "argparse", "logging", "msgspec", "urllib.parse", "unicodedata"}
    assert not loaded & (slow | {"cloudpolicy.reports.sarif", "cloudpolicy.reports.junit"})
