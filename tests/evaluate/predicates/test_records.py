"""Records: audit stores, data events, exported logs, networks in key policies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context, Located
from cloudpolicy.evaluate.predicates.records import (
    exports_logs,
    holds_all,
    is_audit_store,
    is_endpoint_of,
    is_of_storage,
    limits_network,
    matches_event,
    records_data_of,
    setting_is,
)
from cloudpolicy.model import ABSENT, Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
VAR = Unknown("variable-without-value", "var.x")
TO_STORE = Unknown("known-after-apply", "s.id", ("store.s",))
S3 = "AWS::S3::Object"


def context(*others: Resource, type: str = "aws_s3_bucket", values: dict[str, Any] | None = None) -> Context:
    subject = Resource(type, "store.s", {"bucket": "logs"} if values is None else values, PLACE)
    return Context(Estate("/", "terraform", "hcl", [subject, *others]), subject, {}, {})


def shown(truth: Any) -> Any:
    truth = truth.truth if isinstance(truth, Located) else truth
    return "unknown" if isinstance(truth, Unknown) else truth


@pytest.mark.parametrize(
    ("type", "values", "expected"),
    [
        ("aws_cloudtrail", {"s3_bucket_name": TO_STORE}, True),
        ("aws_cloudtrail", {"s3_bucket_name": "logs"}, True),
        ("aws_cloudtrail", {"s3_bucket_name": "other"}, False),
        ("aws_cloudtrail", {"s3_bucket_name": VAR}, False),  # a bare variable puts no bucket in doubt
        ("aws_cloudtrail", {"s3_bucket_name": Unknown("x", "c ? a : b", choices=(TO_STORE, "other"))}, "unknown"),
        ("aws_config_delivery_channel", {"s3_bucket_name": TO_STORE}, True),
        ("aws_flow_log", {"log_destination": TO_STORE}, True),
        ("aws_lb", {"access_logs": [{"bucket": TO_STORE}]}, False),
        ("aws_s3_bucket_policy", {"bucket": TO_STORE, "policy": '{"Principal":{"Service":"cloudtrail.amazonaws.com"}}'}, True),
        ("aws_s3_bucket_policy", {"bucket": TO_STORE, "policy": '{"Principal":{"Service":"cloudfront.amazonaws.com"}}'}, False),
    ],
)
def test_a_bucket_that_audit_logs_go_to(type: str, values: dict[str, Any], expected: object) -> None:
    assert shown(is_audit_store(context(Resource(type, f"{type}.x", values, PLACE)))) == expected


def test_a_storage_account_that_a_diagnostic_setting_writes_to() -> None:
    setting = Resource("azurerm_monitor_diagnostic_setting", "d.d", {"storage_account_id": TO_STORE}, PLACE)
    assert is_audit_store(context(setting, type="azurerm_storage_account", values={"name": "a"})) is True
    assert is_audit_store(context(type="azurerm_storage_account", values={"name": "a"})) is False


def classic(kind: Any = S3, mode: Any = "All", values: Any = ("arn:aws:s3",)) -> list[Any]:
    return [{"read_write_type": mode, "data_resource": [{"type": kind, "values": list(values)}]}]


def advanced(*more: dict[str, Any], category: Any = "Data", kind: Any = S3) -> list[Any]:
    fields = [{"field": "eventCategory", "equals": [category]}, {"field": "resources.type", "equals": [kind]}]
    return [{"field_selector": [*fields, *more]}]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"selectors": classic()}, True),
        ({"selectors": [{"data_resource": [{"type": S3, "values": ["arn:aws:s3"]}]}]}, True),  # All unless written
        ({"selectors": [{"DataResources": [{"Type": S3, "Values": ["arn:aws:s3:::"]}]}], "every": True}, True),
        ({"selectors": classic(mode="ReadOnly")}, False),
        ({"selectors": classic(mode=VAR)}, "unknown"),
        ({"selectors": classic(kind="AWS::Lambda::Function")}, False),
        ({"selectors": classic(kind="AWS::Lambda::Function", mode=VAR)}, False),
        ({"selectors": classic(kind=VAR)}, "unknown"),
        ({"selectors": VAR}, "unknown"),
        ({"selectors": classic(values=["arn:aws:s3:::one/"]), "every": True}, False),
        ({"selectors": classic(values=["arn:aws:s3:::one/"])}, True),
        ({"selectors": classic(values=[Unknown("x", "e", partial="arn:${p}:s3")]), "every": True}, True),
        ({"selectors": classic(values=[Unknown("x", "e", ("b.b",), "${b.arn}/")]), "every": True}, False),
        ({"selectors": classic(values=[VAR]), "every": True}, "unknown"),
        ({"advanced": advanced()}, True),
        ({"advanced": advanced(category="Management")}, False),
        ({"advanced": advanced({"field": "readOnly", "equals": ["true"]})}, False),
        ({"advanced": advanced({"field": "resources.ARN", "starts_with": ["arn:aws:s3:::one/"]})}, True),
        ({"advanced": advanced({"field": "resources.ARN", "starts_with": ["arn:aws:s3:::one/"]}), "every": True}, False),
        ({"selectors": classic(mode="WriteOnly"), "advanced": advanced()}, True),
        ({}, False),
    ],
)
def test_what_a_trail_records_of_data(arguments: dict[str, Any], expected: object) -> None:
    assert shown(records_data_of(context(), S3, **arguments)) == expected


def without(value: Any, at: list[int]) -> Any:
    """The same value with one leaf of it unresolved, chosen by `at`."""
    if not isinstance(value, (dict, list)) or not value or not at:
        return VAR
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[at[0] % len(keys)]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = without(value[key], at[1:])
    return copy


SELECTORS = st.sampled_from(
    [
        classic(),
        classic(mode="ReadOnly"),
        classic(kind="AWS::DynamoDB::Table"),
        classic(values=["arn:aws:s3:::one/"]),
        [*classic(), *classic(mode="WriteOnly")],
    ]
)
ADVANCED = st.sampled_from([[], advanced(), advanced(category="Management"), advanced({"field": "readOnly", "equals": ["true"]})])


@given(SELECTORS, ADVANCED, st.lists(st.integers(0, 5), max_size=5), st.booleans(), st.booleans())
def test_what_is_not_known_never_turns_a_verdict(selectors: Any, more: Any, at: list[int], every: bool, which: bool) -> None:
    known = records_data_of(context(), S3, selectors, more, every)
    if which:
        selectors = without(selectors, at)
    else:
        more = without(more, at)
    assert shown(records_data_of(context(), S3, selectors, more, every)) in (known, "unknown")


STORAGE = ["StorageRead", "StorageWrite"]


@pytest.mark.parametrize(
    ("enabled_log", "log", "expected"),
    [
        ([{"category": "StorageRead"}, {"category": "StorageWrite"}], ABSENT, True),
        ([{"category": "StorageRead"}], ABSENT, False),
        ([{"category_group": "audit"}], ABSENT, True),
        (ABSENT, [{"categoryGroup": "allLogs", "enabled": True}], True),
        (ABSENT, [{"categoryGroup": "allLogs", "enabled": False}], False),
        (ABSENT, [{"categoryGroup": "allLogs", "enabled": VAR}], "unknown"),
        (ABSENT, [{"category": "StorageRead"}, {"category": "StorageWrite", "enabled": "false"}], False),
        ([{"category": VAR}], ABSENT, "unknown"),
        (VAR, ABSENT, "unknown"),
        (ABSENT, ABSENT, False),
    ],
)
def test_exported_logs(enabled_log: Any, log: Any, expected: object) -> None:
    assert shown(exports_logs(context(), STORAGE, enabled_log, log)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["api", "audit"], True),
        ("api", False),
        (["api", VAR], "unknown"),
        (Unknown("x", partial=["api", "audit"]), True),
        (ABSENT, False),
    ],
)
def test_holding_everything(values: Any, expected: object) -> None:
    assert shown(holds_all(context(), ["api", "audit"], values)) == expected


def policy(condition: dict[str, Any] | None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    return {"Statement": [statement if condition is None else {**statement, "Condition": condition}]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (policy({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), True),
        (policy({"StringEquals": {"kms:ViaService": "rds.ap-northeast-1.amazonaws.com"}}), True),
        (policy({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), False),
        (policy(None), False),
        (VAR, "unknown"),
    ],
)
def test_a_key_policy_bound_to_a_network(document: Any, expected: object) -> None:
    assert shown(limits_network(context(), document)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{ $.userIdentity.type = "Root" }', True),
        ({"source": ["aws.guardduty"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"source": ["aws.ec2", VAR]}, "unknown"),
        (Unknown("x", choices=("Root", "aws.guardduty")), True),
        (Unknown("x", choices=("Root", "nothing")), "unknown"),
        (ABSENT, False),
    ],
)
def test_security_events(value: Any, expected: object) -> None:
    assert shown(matches_event(context(), value, ["Root", "aws.guardduty"])) == expected


def test_settings() -> None:
    assert setting_is(context(), "Dedicated", "dedicated")
    assert setting_is(context(), ["a", "b"], "b")
    assert not setting_is(context(), True, False)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("com.amazonaws.ap-northeast-1.kms", True),
        ("com.amazonaws.ap-northeast-1.s3", False),
        (Unknown("x", "e", partial="com.amazonaws.${r}.kms"), True),
        (Unknown("x", "e", partial="com.amazonaws.${r}.s3"), False),
        (Unknown("x", "e", partial="com.amazonaws.${r}"), "unknown"),
        (Unknown("x", "e", partial="com.amazonaws.r.${data.a.b}"), "unknown"),
        (VAR, "unknown"),
        (ABSENT, False),
    ],
)
def test_endpoints(service: Any, expected: object) -> None:
    assert shown(is_endpoint_of(context(), service, ["kms", "ssm"])) == expected


ABOVE = "/subscriptions/${…}/resourceGroups/${…}/providers/"


@pytest.mark.parametrize(
    ("scope", "logs", "expected"),
    [
        (Unknown("x", "e", partial=ABOVE + "Microsoft.Storage/storageAccounts/${…}/blobServices/default"), ABSENT, True),
        (Unknown("x", "e", partial=ABOVE + "Microsoft.KeyVault/vaults/kv"), ABSENT, False),
        (ABSENT, [{"category": "StorageRead"}], True),
        (ABSENT, [{"category": "AuditEvent"}], False),
        (ABSENT, [{"category": VAR}], "unknown"),
        (Unknown("x", "e", partial=ABOVE + "Microsoft.KeyVault/vaults/kv"), [{"category": VAR}], False),
        (VAR, [{"category": "AuditEvent"}], "unknown"),
        (VAR, [{"category": "StorageWrite"}], True),
    ],
)
def test_whose_diagnostic_setting_it_is(scope: Any, logs: Any, expected: object) -> None:
    assert shown(is_of_storage(context(), scope, logs)) == expected
