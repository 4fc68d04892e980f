"""No test touches the cache of whoever runs the tests; the last line tells how many verdicts differ inside the hosts."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples every time, and no clock that decides: what a slow or loaded machine does proves nothing.
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def own_cache_folder():
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = folder
        yield folder
        if before is None:
            del os.environ["XDG_CACHE_HOME"]
        else:
            os.environ["XDG_CACHE_HOME"] = before


def pytest_terminal_summary(terminalreporter):
    """What tests/hosts holds against the hosts' verdicts, as a number that nobody has to look for."""
    import yaml

    found = yaml.safe_load((Path(__file__).parents[1] / "docs/host-differences.yaml").read_text(encoding="utf-8"))
    verdicts, shown = len(found["examples"]), len(found["behaviour"])
    terminalreporter.write_line(
        f"hosts (Checkov, cfn-lint): {verdicts} verdicts differ, {shown} things are shown otherwise; see docs/hosts.md"
    )
