"""The violating samples after `fix`: what is mechanical is mended, nothing got worse, and the providers' own tools still have nothing to say."""

import functools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from cloudpolicy import config
from cloudpolicy.fix import run as fixing
from cloudpolicy.scan import Request
from cloudpolicy.scan import run as scanning
from fix_providers import lint, validated

SAMPLES = Path(__file__).parents[2] / "samples"
FORMATS = ("terraform", "cloudformation", "arm", "bicep")


def texts(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def verdicts(folder):
    report = scanning(request(folder))
    assert not [diagnostic for diagnostic in report.diagnostics if diagnostic.severity == "error"]
    found = {"fail": {}, "unknown": {}}
    for finding in report.findings:
        key = (finding.policy, finding.span.file.removeprefix(f"{folder}{os.sep}"), finding.address)
        found[finding.verdict][key] = found[finding.verdict].get(key, 0) + 1
    return found


def request(folder):
    return Request([str(folder)], config.load(str(config.find(str(folder)))))


@functools.cache
def fixed(format, change=None):
    """(texts before, verdicts before, outcome, texts after, verdicts after, what a second run would write) of the sample, changed first by `change`."""
    with tempfile.TemporaryDirectory(prefix="cloudpolicy-") as top:
        folder = Path(top).resolve() / "violating"
        shutil.copytree(SAMPLES / format / "violating", folder)
        shutil.copy(SAMPLES / "cloudpolicy.toml", folder.parent)
        for path in folder.rglob("*"):
            if path.is_file() and change is not None:
                path.write_bytes(change(path.read_bytes()))
        before = texts(folder), verdicts(folder)
        outcome = fixing.run(request(folder))
        assert outcome.write() == []
        after = texts(folder), verdicts(folder)
        return *before, outcome, *after, fixing.run(request(folder)).texts


@pytest.mark.parametrize("format", FORMATS)
def test_nine_in_ten_of_what_is_mechanical_is_mended(format):
    outcome = fixed(format)[2]
    mended = sum(target.fixed for target in outcome.targets)
    mechanical = [target for target in outcome.targets if target.mechanical]
    print(f"\n{format}: {mended} of {len(mechanical)} mechanical findings mended, {len(outcome.targets) - len(mechanical)} are for people")
    assert mended >= 20
    assert mended >= 0.9 * len(mechanical), [(target.key, str(target.reason)) for target in mechanical if not target.fixed]


@pytest.mark.parametrize("format", FORMATS)
def test_no_verdict_is_worse(format):
    _, before, _, _, after, _ = fixed(format)
    for verdict in ("fail", "unknown"):
        worse = {key: count for key, count in after[verdict].items() if count > before[verdict].get(key, 0) and key not in before["fail"]}
        assert worse == {}
    assert sum(after["fail"].values()) < sum(before["fail"].values())


@pytest.mark.parametrize("format", FORMATS)
def test_a_second_run_has_nothing_to_do(format):
    assert fixed(format)[5] == {}


def lines_apart(data):
    return data.decode().replace("\r\n", "\n")


def windows(data):
    return data.replace(b"\n", b"\r\n")


def marked(data):
    return b"\xef\xbb\xbf" + data


def without_end(data):
    return data.rstrip(b"\n")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("change", [windows, marked, without_end], ids=lambda change: change.__name__)
def test_line_ends_mark_and_last_line_stay_as_they_are(format, change):
    """Fixing a changed text gives the changed text of fixing: Japanese comments, CRLF, a byte order mark and a missing last line end live on."""
    expected = {name: change(text) if name in fixed(format, change)[0] else text for name, text in fixed(format)[3].items()}
    assert fixed(format, change)[3] == expected


@pytest.mark.slow
def test_terraform_validates_what_is_fixed(tmp_path):
    before, after = fixed("terraform")[0], fixed("terraform")[3]
    assert before != after
    found = [validated(tmp_path / str(number), texts) for number, texts in enumerate((before, after))]
    assert found[1] - found[0] == {}


def test_cfn_lint_has_nothing_to_add():
    before, after = fixed("cloudformation")[0], fixed("cloudformation")[3]
    changed = [name for name in after if after[name] != before[name]]
    assert len(changed) >= 3
    for name in changed:
        assert lint(after[name].decode()) - lint(before[name].decode()) == {}
