"""Intrinsics that look something up: Ref, GetAtt, If, FindInMap, ImportValue, GetStackOutput, GetAZs, Transform."""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.resolve import resolve
from cloudpolicy.sources.cloudformation.values import CHOICE_LIMIT, HOLE, choose, describe, references, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.cloudformation.scope import Scope

_AFTER_DEPLOY = ("AWS::AccountId", "AWS::NotificationARNs", "AWS::StackId", "AWS::StackName")
_IMPLICIT = ("ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication")


def ref(argument: Any, scope: Scope, data: Any) -> Any:
    name = argument if isinstance(argument, str) else resolve(argument, scope)  # AWS::LanguageExtensions: a name may be computed
    if isinstance(name, Unknown):
        return Unknown(name.reason, describe(data), name.references)
    if not isinstance(name, str):
        return invalid(data, scope, "Ref needs a name", "Ref には名前が必要です")
    return look_up(name, scope, data)


def look_up(name: str, scope: Scope, data: Any, expression: str = "") -> Any:
    """The value of a name as Ref and `${Name}` see it."""
    expression = expression or f"!Ref {name}"
    if name in scope.loops:
        return scope.loops[name]
    parameters = scope.parameters
    if name in parameters.values:
        return parameters.secrets[name] if scope.in_condition and name in parameters.secrets else parameters.values[name]
    if name in scope.resources:
        return Unknown("known-after-deploy", expression, (scope.prefix + name,))
    if name.startswith("AWS::"):
        return _pseudo(name, scope, data, expression)
    return missing(name, scope, data, expression)


def _pseudo(name: str, scope: Scope, data: Any, expression: str) -> Any:
    if name == "AWS::NoValue":
        return ABSENT
    region = scope.region
    if name == "AWS::Region":
        return region if isinstance(region, str) else Unknown(region.reason, expression, (), None, region.choices)
    if name in ("AWS::Partition", "AWS::URLSuffix"):
        china = isinstance(region, str) and region.startswith("cn-")
        if name == "AWS::URLSuffix":
            return "amazonaws.com.cn" if china else "amazonaws.com"
        return "aws-cn" if china else "aws-us-gov" if isinstance(region, str) and region.startswith("us-gov-") else "aws"
    if name in _AFTER_DEPLOY:
        return Unknown("known-after-deploy", expression)
    return missing(name, scope, data, expression)


def missing(name: str, scope: Scope, data: Any, expression: str) -> Unknown:
    """A name that the text does not hold: an error, unless a transform may add it at deployment."""
    if scope.open:
        return Unknown("transform", expression)
    if scope.serverless and (name.startswith(_IMPLICIT) or any(name.startswith(known) for known in scope.resources)):
        return Unknown("known-after-deploy", expression)
    scope.report(problems.undefined(scope.span_of(data), "parameter or resource", "パラメータまたはリソース", name))
    return Unknown("invalid-expression", expression)


def get_att(argument: Any, scope: Scope, data: Any) -> Any:
    if isinstance(argument, str):
        name, _, attribute = argument.partition(".")
    elif isinstance(argument, list) and len(argument) >= 2:
        parts = [resolve(part, scope) for part in argument]
        name = parts[0] if isinstance(parts[0], str) else ""
        if any(isinstance(part, Unknown) for part in parts):
            return Unknown("known-after-deploy", describe(data), (scope.prefix + name,) if name in scope.resources else references(parts))
        if not all(isinstance(part, str) for part in parts):
            return invalid(data, scope, "GetAtt needs a logical id and an attribute", "GetAtt には論理 ID と属性名が必要です")
        attribute = ".".join(parts[1:])
    else:
        return invalid(data, scope, "GetAtt needs a logical id and an attribute", "GetAtt には論理 ID と属性名が必要です")
    return attribute_of(name, attribute, scope, data, f"!GetAtt {name}.{attribute}")


def attribute_of(name: str, attribute: str, scope: Scope, data: Any, expression: str) -> Any:
    if name in scope.resources:
        if attribute.startswith("Outputs."):
            value = scope.outputs(name, attribute.removeprefix("Outputs."))
            if value is not None:
                return value
        return Unknown("known-after-deploy", expression, (scope.prefix + name,))
    return missing(name, scope, data, expression)


def if_(argument: Any, scope: Scope, data: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        return invalid(data, scope, "If needs a condition and two values", "If には条件と 2 つの値が必要です")
    holds = scope.conditions.holds(argument[0], data, scope)
    if holds is not None:
        return resolve(argument[1 if holds else 2], scope)
    return choose("condition-undetermined", describe(data), [resolve(argument[1], scope), resolve(argument[2], scope)])


def find_in_map(argument: Any, scope: Scope, data: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in (3, 4):
        return invalid(data, scope, "FindInMap needs a map and two keys", "FindInMap にはマップ名と 2 つのキーが必要です")
    options = argument[3] if len(argument) == 4 and isinstance(argument[3], dict) else {}
    fallback = "DefaultValue" in options
    keys = [resolve(part, scope) for part in argument[:3]]
    level: list[Any] = [scope.mappings]
    blame = next((key for key in keys if isinstance(key, Unknown)), None)
    lost = wrong = False
    for key in keys:
        below: list[Any] = []
        for mapping in level:
            if not isinstance(mapping, dict):
                lost = True
            elif not isinstance(key, Unknown):
                text = text_of(key) or ""
                if text in mapping:
                    below.append(mapping[text])
                else:
                    lost = True
            elif key.choices is not None:
                names = [text_of(choice) for choice in key.choices]
                below.extend(mapping[name] for name in names if name in mapping)
                lost = lost or any(name not in mapping for name in names)
            else:
                below.extend(mapping.values())
        wrong = wrong or bool(level and not below and not isinstance(key, Unknown))
        level = below
    if blame is None and level:
        known = scope.tables
        if id(level[0]) not in known:  # once, however many expressions look it up
            known[id(level[0])] = resolve(level[0], scope)
        return known[id(level[0])]
    if fallback and (lost or blame is not None):
        level = [*level, options["DefaultValue"]]
        if blame is None:
            return resolve(options["DefaultValue"], scope)
    if not level and scope.open:
        return Unknown("transform", describe(data))
    if not level and not wrong and blame is not None:  # none of the keys that are possible leads anywhere: not ours to say which is meant
        return Unknown(blame.reason, describe(data), blame.references)
    if not level:
        scope.report(problems.undefined(scope.span_of(data), "mapping entry", "マッピングの項目", describe(data)))
        return Unknown("invalid-expression", describe(data))
    assert blame is not None
    if len(level) > CHOICE_LIMIT:
        return Unknown(blame.reason, describe(data), blame.references)
    return choose(blame.reason, describe(data), [resolve(value, scope) for value in level])


def import_value(argument: Any, scope: Scope, data: Any) -> Any:
    name = resolve(argument, scope)
    return Unknown("import", describe(data), references([name]))


def get_azs(argument: Any, scope: Scope, data: Any) -> Any:
    region = resolve(argument, scope)
    if region == "":
        region = scope.region
    if isinstance(region, Unknown):
        return Unknown(region.reason, describe(data), region.references)
    # Which zones an account sees is its own business; the region that they lie in is known.
    return Unknown("known-after-deploy", describe(data), (), f"{region}{HOLE}" if isinstance(region, str) else None)


def transform(argument: Any, scope: Scope, data: Any) -> Any:
    return Unknown("transform", describe(data), references([resolve(argument, scope)]))


def invalid(data: Any, scope: Scope, en: str, ja: str, where: Any = None) -> Unknown:
    """Report a wrong expression; `where` is what stands in the text when `data` itself does not."""
    expression = describe(data)
    scope.report(
        problems.invalid_expression(
            scope.span_of(data if where is None else where), expression, f"{en}; correct it", f"{ja}。修正してください"
        )
    )
    return Unknown("invalid-expression", expression)


FUNCTIONS = {
    "Ref": ref,
    "Fn::GetAtt": get_att,
    "Fn::If": if_,
    "Fn::FindInMap": find_in_map,
    "Fn::ImportValue": import_value,
    "Fn::GetStackOutput": import_value,
    "Fn::GetAZs": get_azs,
    "Fn::Transform": transform,
}
