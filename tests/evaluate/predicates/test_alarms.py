"""Alarms: filters that are watched, alarms that others act on, topics that are told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.evaluate.predicates.alarms import filter_is_watched, is_acted_on_by_name, is_alarm_target, watches_event
from cloudpolicy.model import Estate, Resource, Span, Unknown

PLACE = Span("/main.tf")
VAR = Unknown("variable-without-value", "var.x")


def context(type: str, values: dict[str, Any], *others: tuple[str, dict[str, Any]], address: str = "it.it") -> Context:
    subject = Resource(type, address, values, PLACE)
    rest = [Resource(kind, f"{kind}.x{number}", given, PLACE) for number, (kind, given) in enumerate(others)]
    return Context(Estate("/", "terraform", "hcl", [subject, *rest]), subject, {}, {})


def shown(truth: Any) -> Any:
    return "unknown" if isinstance(truth, Unknown) else truth


FILTER = {"pattern": "{ $.userIdentity.type = Root }", "metric_transformation": [{"name": "RootUse"}]}
ALARM = "aws_cloudwatch_metric_alarm"


@pytest.mark.parametrize(
    ("alarm", "expected"),
    [
        ({"metric_name": "RootUse"}, True),
        ({"metric_query": [{"metric": [{"metric_name": "RootUse"}]}]}, True),
        ({"metric_name": "Other"}, False),
        ({"metric_name": VAR}, "unknown"),
        ({}, False),
    ],
)
def test_a_filter_and_its_alarm(alarm: dict[str, Any], expected: object) -> None:
    assert shown(filter_is_watched(context("aws_cloudwatch_log_metric_filter", FILTER, (ALARM, alarm)))) == expected
    beside = (("aws_cloudwatch_log_metric_filter", FILTER),)
    assert shown(watches_event(context(ALARM, alarm, *beside), ["Root"])) == expected
    assert watches_event(context(ALARM, {"metric_name": "RootUse"}, *beside), ["StopLogging"]) is False


def test_the_same_unresolved_name_on_both_sides() -> None:
    same = {**FILTER, "metric_transformation": [{"name": VAR}]}
    assert filter_is_watched(context("aws_cloudwatch_log_metric_filter", same, (ALARM, {"metric_name": VAR}))) is True


def test_cloudformation() -> None:
    made = {"FilterPattern": "StopLogging", "MetricTransformations": [{"MetricName": "M"}]}
    assert filter_is_watched(context("AWS::Logs::MetricFilter", made, ("AWS::CloudWatch::Alarm", {"MetricName": "M"}))) is True
    assert filter_is_watched(context("AWS::Logs::MetricFilter", made, ("AWS::CloudWatch::Alarm", {"MetricName": "N"}))) is False


@given(st.sampled_from(["RootUse", "Other"]), st.sampled_from(["RootUse", "Other"]), st.booleans())
def test_what_is_not_known_never_turns_a_verdict(name: str, watched: str, which: bool) -> None:
    def ask(made: Any, seen: Any) -> Any:
        made_by = {**FILTER, "metric_transformation": [{"name": made}]}
        return shown(filter_is_watched(context("aws_cloudwatch_log_metric_filter", made_by, (ALARM, {"metric_name": seen}))))

    assert ask(VAR if which else name, watched if which else VAR) in (ask(name, watched), "unknown")


@pytest.mark.parametrize(
    ("alarm", "actor", "expected"),
    [
        ({"alarm_name": "cpu"}, ("aws_cloudwatch_composite_alarm", {"alarm_rule": "ALARM(cpu)"}), True),
        ({"alarm_name": VAR}, ("aws_cloudwatch_composite_alarm", {"alarm_rule": Unknown("x", "r", ("it.it",))}), True),
        ({"alarm_name": "cpu"}, ("aws_codedeploy_deployment_group", {"alarm_configuration": [{"alarms": ["cpu"]}]}), True),
        ({"alarm_name": "cpu"}, ("aws_cloudwatch_composite_alarm", {"alarm_rule": "ALARM(disk)"}), False),
        ({"alarm_name": "cpu"}, ("aws_instance", {"user_data": "cpu"}), False),
    ],
)
def test_what_acts_on_an_alarm(alarm: dict[str, Any], actor: tuple[str, dict[str, Any]], expected: bool) -> None:
    assert is_acted_on_by_name(context(ALARM, alarm, actor)) is expected


def test_an_actor_names_whole_names_and_whole_addresses() -> None:
    """An alarm of a module with an index is not every alarm of the module, and "cpu" is not "cpu-high"."""
    rule = "aws_cloudwatch_composite_alarm"
    beside = Unknown("x", "r", (f'module.m["a.b"].{ALARM}.other[0]', f'module.m["a.b"].{ALARM}.it'))

    def acted_on(name: str, address: str, seen: Any) -> bool:
        return is_acted_on_by_name(context(ALARM, {"alarm_name": name}, (rule, {"alarm_rule": seen}), address=address))

    assert not acted_on("cpu", f'module.m["a.b"].{ALARM}.disk', beside)
    assert acted_on("cpu", f'module.m["a.b"].{ALARM}.it["k"]', beside)
    assert acted_on("cpu", f'module.m["a.b"].{ALARM}.other[0]', beside)
    assert not acted_on("cpu", "it.it", "ALARM(cpu-high) OR ALARM(gpu_cpu)")
    assert acted_on("cpu", "it.it", 'ALARM("arn:aws:cloudwatch:ap-northeast-1:111122223333:alarm:cpu")')


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([Unknown("known-after-apply", "t.arn", ("it.it",))], True),
        (["arn:aws:sns:ap-northeast-1:111122223333:other"], False),
        ([VAR], False),  # a bare variable puts no topic in doubt
        (Unknown("x", "c ? [t] : []", choices=([Unknown("y", "t.arn", ("it.it",))], [])), "unknown"),
    ],
)
def test_the_topic_that_alarms_go_to(actions: Any, expected: object) -> None:
    assert shown(is_alarm_target(context("aws_sns_topic", {"name": "alarms"}, (ALARM, {"alarm_actions": actions})))) == expected
