"""No test touches the cache of whoever runs the tests."""

import os
import tempfile

import pytest


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
