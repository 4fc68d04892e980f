"""Parameter groups that make TLS compulsory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.db import default_forces_tls, forces_tls, own_group
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

DB = Resource("aws_db_instance", "aws_db_instance.x", {}, Span("/main.tf"))
CONTEXT = Context(Estate("/", "terraform", "hcl", [DB]), DB, {}, {})
UNKNOWN = Unknown("variable-without-value", "var.x")
DEFAULT = Unknown("provider-default")


@pytest.mark.parametrize(
    ("family", "parameters", "expected"),
    [
        ("postgres14", ABSENT, False),
        ("postgres15", ABSENT, True),
        ("postgres16", [{"name": "rds.force_ssl", "value": "0"}], False),
        ("postgres14", [{"name": "RDS.force_ssl", "value": 1}], True),
        ("aurora-postgresql16", ABSENT, False),
        ("aurora-postgresql17", ABSENT, True),
        ("mysql8.0", {"require_secure_transport": "ON"}, True),
        ("mysql8.4", ABSENT, False),
        ("mysql9.7", ABSENT, True),
        ("aurora-mysql8.0", {"require_secure_transport": "OFF"}, False),
        ("aurora-mysql8.4", ABSENT, True),
        ("aurora-mysql5.7", ABSENT, False),
        ("mariadb10.11", ABSENT, False),
        ("mariadb11.8", ABSENT, True),
        ("sqlserver-se-15.0", [{"name": "rds.force_ssl", "value": "true"}], True),
        ("oracle-se2-19", ABSENT, True),
        ("postgres14", [UNKNOWN], UNKNOWN),
        ("postgres14", [{"name": UNKNOWN, "value": "1"}], UNKNOWN),
        ("postgres14", [UNKNOWN, {"name": "rds.force_ssl", "value": "1"}], True),
        ("postgres14", {"rds.force_ssl": UNKNOWN}, UNKNOWN),
        (UNKNOWN, ABSENT, UNKNOWN),
        (Unknown("x", choices=("postgres15", "postgres16")), ABSENT, True),
    ],
)
def test_parameter_groups(family: Any, parameters: Any, expected: Any) -> None:
    assert forces_tls(CONTEXT, family, parameters) == expected


@pytest.mark.parametrize(
    ("engine", "version", "group", "expected"),
    [
        ("postgres", "14.9", ABSENT, False),
        ("postgres", "16", ABSENT, True),
        ("postgres", ABSENT, ABSENT, DEFAULT),
        ("postgres", UNKNOWN, ABSENT, UNKNOWN),
        ("mysql", ABSENT, ABSENT, DEFAULT),
        ("mysql", "8.4.7", ABSENT, False),
        ("mysql", "9.7", ABSENT, True),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", ABSENT, False),
        ("aurora-mysql", "8.4.mysql_aurora.8.4.7", ABSENT, True),
        ("postgres", "16", "mine", False),
        ("postgres", ABSENT, "default.postgres16", True),
        ("postgres", ABSENT, "default.postgres13", False),
        ("postgres", "16", UNKNOWN, UNKNOWN),
        ("postgres", "16", Unknown("known-after-apply", "x", ("aws_db_parameter_group.g",)), False),
        (UNKNOWN, "16", ABSENT, UNKNOWN),
        ("oracle-se2", ABSENT, ABSENT, True),
    ],
)
def test_databases_without_a_group(engine: Any, version: Any, group: Any, expected: Any) -> None:
    assert default_forces_tls(CONTEXT, engine, version, group) == expected


def test_groups_of_ones_own() -> None:
    assert own_group(CONTEXT, "mine") is True
    assert own_group(CONTEXT, "default.mysql8.0") is False
    assert own_group(CONTEXT, ABSENT) is False
    assert own_group(CONTEXT, UNKNOWN) == UNKNOWN
    assert own_group(CONTEXT, Unknown("known-after-apply", "x", ("aws_db_parameter_group.g",))) is True


parameters = st.lists(
    st.tuples(st.sampled_from(["rds.force_ssl", "timezone"]), st.sampled_from(["0", "1"])), max_size=3, unique_by=lambda p: p[0]
)


@given(st.sampled_from(["postgres14", "postgres16", "mysql8.0"]), parameters, st.data())
def test_an_answer_stays_when_more_is_known(family: str, written: list[tuple[str, str]], data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.integers(0, max(0, len(written) - 1))))
    known = [{"name": name, "value": value} for name, value in written]
    partly = [UNKNOWN if i in hidden else item for i, item in enumerate(known)]
    before, after = forces_tls(CONTEXT, family, partly), forces_tls(CONTEXT, family, known)
    assert isinstance(before, Unknown) or before is after
