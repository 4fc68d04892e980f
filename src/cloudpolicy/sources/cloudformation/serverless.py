"""SAM: the Globals section merged into the resources that it speaks of.

Resource types stay AWS::Serverless::*. What SAM generates beside them (roles, implicit APIs, permissions) is not invented; a reference
to such a generated resource is unknown until deployment, not an error.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SECTIONS = {
    "AWS::Serverless::Function": "Function",
    "AWS::Serverless::Api": "Api",
    "AWS::Serverless::HttpApi": "HttpApi",
    "AWS::Serverless::SimpleTable": "SimpleTable",
    "AWS::Serverless::StateMachine": "StateMachine",
    "AWS::Serverless::LayerVersion": "LayerVersion",
    "AWS::Serverless::CapacityProvider": "CapacityProvider",
    "AWS::Serverless::WebSocketApi": "WebSocketApi",
}


def is_serverless(transforms: list[Any]) -> bool:
    return any(isinstance(name, str) and name.startswith("AWS::Serverless-") for name in transforms)


def with_globals(kind: str, properties: dict[str, Any], template: dict[str, Any]) -> dict[str, Any]:
    """The properties with the Globals of their type: mappings merge, lists are joined (Globals first), the resource's own scalars win."""
    everything = template.get("Globals")
    if not isinstance(everything, dict):
        return properties
    shared = everything.get(SECTIONS.get(kind, ""))
    merged = _merged(shared, properties) if isinstance(shared, dict) and shared else properties
    return _with_implicit_apis(merged, everything) if kind == "AWS::Serverless::Function" else merged


def _with_implicit_apis(function: dict[str, Any], everything: dict[str, Any]) -> dict[str, Any]:
    """A function whose API events say what SAM's implicit API takes from Globals: whom it asks, and that it is private."""
    events = function.get("Events")
    if not isinstance(events, dict) or _intrinsic(events):
        return function
    return {**function, "Events": {name: _with_implicit_api(event, everything) for name, event in events.items()}}


def _with_implicit_api(event: Any, everything: dict[str, Any]) -> Any:
    kind = event.get("Type") if isinstance(event, dict) else None
    reference = {"Api": "RestApiId", "HttpApi": "ApiId"}.get(kind) if isinstance(kind, str) else None
    properties = event.get("Properties", {}) if reference else None
    api = everything.get(kind or "") if reference else None
    if not isinstance(properties, dict) or not isinstance(api, dict) or reference in properties:
        return event
    endpoint = api.get("EndpointConfiguration")
    if (endpoint.get("Type") if isinstance(endpoint, dict) else endpoint) == "PRIVATE":
        return {**event, "Properties": {**properties, reference: {"Ref": "ServerlessRestApi"}}}
    auth = api.get("Auth")
    if not isinstance(auth, dict):
        return event if auth is None else {**event, "Properties": {"Auth": auth, **properties}}
    shared = {to: auth[name] for name, to in (("DefaultAuthorizer", "Authorizer"), ("ApiKeyRequired", "ApiKeyRequired")) if name in auth}
    own = properties.get("Auth", {})
    return {**event, "Properties": {**properties, "Auth": {**shared, **own}}} if isinstance(own, dict) else event


def _merged(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    result = dict(shared)
    for key, value in own.items():
        known = shared.get(key)
        if isinstance(value, dict) and isinstance(known, dict) and not _intrinsic(value) and not _intrinsic(known):
            result[key] = _merged(known, value)
        elif isinstance(value, list) and isinstance(known, list):
            result[key] = known + value
        else:
            result[key] = value
    return result


def _intrinsic(value: dict[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
