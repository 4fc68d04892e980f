"""docs/host-differences.yaml is the one place for what the hosts show otherwise, and the documents show all of it."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DIFFERENCES = yaml.safe_load((ROOT / "docs/host-differences.yaml").read_text(encoding="utf-8"))


def test_every_difference_has_its_reason():
    for entry in DIFFERENCES["examples"]:
        assert set(entry) - {"link"} == {"host", "example", "policy", "reason"}
    for entry in DIFFERENCES["behaviour"]:
        assert set(entry) - {"link"} == {"host", "en", "ja", "reason"}
        assert entry["host"] in ("checkov", "cfn-lint")


@pytest.mark.parametrize(("name", "language"), [("docs/hosts.md", "en"), ("docs/hosts.ja.md", "ja")])
def test_the_documents_show_them_all(name, language):
    text = (ROOT / name).read_text(encoding="utf-8")
    for entry in DIFFERENCES["behaviour"]:
        assert f"- {entry[language]}" in text
        assert entry.get("link", "") in text
    for entry in DIFFERENCES["examples"]:
        assert entry["example"] in text and entry["policy"] in text
