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
    shared = template.get("Globals")
    shared = shared.get(SECTIONS.get(kind, "")) if isinstance(shared, dict) else None
    return _merged(shared, properties) if isinstance(shared, dict) and shared else properties


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
