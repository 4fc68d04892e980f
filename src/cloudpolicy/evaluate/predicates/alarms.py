"""Alarms: which metric filter an alarm watches, who else acts on an alarm, and which topics alarms are sent to."""

from __future__ import annotations

import re

from cloudpolicy.evaluate import links
from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.evaluate.predicates.records import names_one
from cloudpolicy.evaluate.predicates.storage import known_text, mentions
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context
    from cloudpolicy.model import Estate, Resource

# alarm type -> the attributes with the metric's name
_ALARMS = {
    "aws_cloudwatch_metric_alarm": ("metric_name", "metric_query.metric.metric_name"),
    "AWS::CloudWatch::Alarm": ("MetricName", "Metrics.MetricStat.Metric.MetricName"),
}
# filter type -> (the name of the metric it makes, its pattern)
_FILTERS = {
    "aws_cloudwatch_log_metric_filter": ("metric_transformation.name", "pattern"),
    "AWS::Logs::MetricFilter": ("MetricTransformations.MetricName", "FilterPattern"),
}
# what acts on an alarm by its name
_ACTORS = (
    "aws_cloudwatch_composite_alarm",
    "aws_codedeploy_deployment_group",
    "aws_ecs_service",
    "aws_route53_health_check",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ECS::Service",
    "AWS::Route53::HealthCheck",
)
_SENDERS = (
    ("aws_cloudwatch_metric_alarm", "alarm_actions"),
    ("aws_cloudwatch_composite_alarm", "alarm_actions"),
    ("AWS::CloudWatch::Alarm", "AlarmActions"),
    ("AWS::CloudWatch::CompositeAlarm", "AlarmActions"),
)
_LAST_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$')
_TOPIC_NAMES = ("arn", "name", "TopicName")


@predicate
def filter_is_watched(context: Context) -> Truth:
    """True when an alarm of the estate watches the metric that this metric filter makes. No arguments."""
    names = list(_values(context.resource, _FILTERS[context.resource.type][0]))
    watched = (
        _is_same(name, other)
        for type, attributes in _ALARMS.items()
        for alarm in context.estate.of_type(type)
        for attribute in attributes
        for other in _values(alarm, attribute)
        for name in names
    )
    return any_of(watched)


@predicate
def watches_event(context: Context, events: Any) -> Truth:
    """True when the alarm watches the metric of a filter whose pattern names one of the `events`."""
    own = [value for attribute in _ALARMS[context.resource.type] for value in _values(context.resource, attribute)]
    if not own:
        return False
    wanted = [str(event) for event in events]
    return any_of(
        all_of((any_of(_is_same(value, other) for value in own for other in _values(found, name)), names_one(pattern, wanted)))
        for type, (name, pattern_name) in _FILTERS.items()
        for found in context.estate.of_type(type)
        for pattern in _values(found, pattern_name)
    )


@predicate
def is_acted_on_by_name(context: Context) -> bool:
    """True when a composite alarm, a deployment or a health check names this alarm: these act, not the alarm itself. No arguments."""
    alarm, estate = context.resource, context.estate
    name = alarm.values.get("alarm_name", alarm.values.get("AlarmName", ABSENT))
    whole = [alarm.address, _LAST_INDEX.sub("", alarm.address)]  # never less: all alarms of `module.m[0]` begin with `module.m`
    if isinstance(name, str) and name:
        whole.append(name)
    words = re.compile("|".join(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in whole))
    part = name.partial if isinstance(name, Unknown) and isinstance(name.partial, str) and name.partial.strip("${}") else None
    return any(words.search(text) is not None or (part is not None and part in text) for text in _actors(estate))


def _actors(estate: Estate) -> list[str]:
    """Everything that is written in what acts on alarms, with the addresses it refers to; made once per estate."""
    if "alarm actors" not in estate.links:
        estate.links["alarm actors"] = [
            "\n".join(_with_references(resource.values)) for type in _ACTORS for resource in estate.of_type(type)
        ]
    return estate.links["alarm actors"]  # type: ignore[no-any-return]


def _with_references(value: Any) -> Iterator[str]:
    if isinstance(value, Unknown):
        yield from value.references
        yield known_text(value)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _with_references(item)


@predicate
def is_alarm_target(context: Context) -> Truth:
    """True when an alarm of the estate is sent to this topic. No arguments."""
    topic = context.resource
    found: Truth = False
    for type, attribute in _SENDERS:
        certain, possible = links.pointing_at(context.estate, topic, (type,), attribute, _TOPIC_NAMES)
        if certain:
            return True
        found = next((Unknown("condition-undetermined", one.address) for one in possible if mentions(one, attribute, topic)), found)
    return found


def _values(resource: Resource, path: str) -> Iterator[Any]:
    return links.read_path(resource.values, path.split("."))


def _is_same(name: Any, other: Any) -> Truth:
    """Two names: equal, or the same expression; one that is not resolved may be any name."""
    if name == other:
        return True
    return next((one for one in (name, other) if isinstance(one, Unknown)), False)


WORDS = {
    "filter_is_watched": Text("an alarm watches its metric", "アラームがこの指標を監視しています"),
    "watches_event": Text("the alarm is one for a security event", "セキュリティに関する事象のアラームです"),
    "is_acted_on_by_name": Text("something else acts on the alarm", "アラームを受けて別の資源が動作します"),
    "is_alarm_target": Text("alarms are sent to the topic", "アラームの通知先です"),
}
WORDS_FALSE = {
    "filter_is_watched": Text("no alarm watches its metric", "この指標を監視するアラームがありません"),
    "watches_event": Text("the alarm is not one for a security event", "セキュリティに関する事象のアラームではありません"),
    "is_acted_on_by_name": Text("nothing else acts on the alarm", "アラームを受けて動作する別の資源がありません"),
    "is_alarm_target": Text("no alarm is sent to the topic", "アラームの通知先ではありません"),
}
