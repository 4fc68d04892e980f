"""The workers of one test run share the examples that one of them has fixed."""

import os

import pytest

import fix_examples


@pytest.fixture(scope="session", autouse=True)
def shared_examples(tmp_path_factory):
    if "PYTEST_XDIST_WORKER" in os.environ:
        fix_examples.shared = tmp_path_factory.getbasetemp().parent
