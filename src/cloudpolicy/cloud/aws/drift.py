"""What the service says has been changed by hand since the stack was deployed (CloudFormation's drift detection)."""

from __future__ import annotations

import json
import time

from cloudpolicy.cloud import settled
from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.evaluate.wording import shown
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.cloud.aws.connection import Connection
    from cloudpolicy.cloud.aws.stacks import Stack
    from cloudpolicy.model import Estate, Resource

LONGEST = 300.0  # seconds that one stack's detection may take


def detect(connection: Connection, stack: Stack, estate: Estate, pause: float = 2.0) -> list[dict[str, Any]]:
    """[{stack, region, resource, status, properties: [{path, expected, actual}]}] of what drifted, in nested stacks too.

    The estate becomes what is there: real values for those of the template, and nothing of what was deleted. Values that are named like a
    secret are masked. Each is a warning of the stack, and what the service did not look at is told. Raises CloudError.
    """
    found: list[dict[str, Any]] = []
    looked: set[str] = set()
    gone: set[str] = set()
    for prefix, id in (
        ("", stack.id),
        *((f"{key}/", id) for key, id in stack.inner.items()),
    ):  # each nested stack wants a detection of its own
        _await(connection, stack, prefix, id, pause)
        for item in _drifts(connection, id):
            address, status = prefix + item["LogicalResourceId"], item["StackResourceDriftStatus"]
            resource = estate.at(address)
            if status in ("IN_SYNC", "MODIFIED", "DELETED"):
                looked.add(address)
            if status == "DELETED":
                gone.add(address)
            if status not in ("MODIFIED", "DELETED"):
                continue
            expected, actual = _properties(item, "ExpectedProperties"), _properties(item, "ActualProperties")
            properties = [_property(one, expected, actual) for one in item.get("PropertyDifferences", ())]
            if resource is not None and status == "MODIFIED":
                settled.drifted(resource, expected, actual)
            _tell(stack, address, status, properties, resource)
            found.append(
                {"stack": stack.name, "region": stack.region, "resource": address, "status": status.lower(), "properties": properties}
            )
    estate.remove(gone)
    _not_looked_at(stack, [r.address for r in estate.resources if r.address not in looked and r.address not in stack.inner])
    return found


def _await(connection: Connection, stack: Stack, prefix: str, id: str, pause: float) -> None:
    """Start a detection and wait for its end; one that failed for some resources is a problem of the stack."""
    name = f"{stack.name}/{prefix}".rstrip("/")
    begun = connection.call("cloudformation", "detect_stack_drift", StackName=id)["StackDriftDetectionId"]
    ends = time.monotonic() + LONGEST
    while True:
        state = connection.call("cloudformation", "describe_stack_drift_detection_status", StackDriftDetectionId=begun)
        if state["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        if time.monotonic() > ends:
            raise CloudError(
                "drift-not-detected",
                f"{name}: drift detection takes longer than {LONGEST:.0f} s; run it for this stack alone",
                f"{name}: ドリフト検出が {LONGEST:.0f} 秒で終わりません。このスタックだけで実行してください",
            )
        time.sleep(pause)
    if state["DetectionStatus"] != "DETECTION_COMPLETE":
        said = str(state.get("DetectionStatusReason", ""))[:200]
        text = Text(
            f"{name}: drift detection failed for some of its resources: {said}",
            f"{name}: 一部のリソースでドリフト検出に失敗しました: {said}",
        )
        stack.problems.append(Diagnostic("error", "drift-not-detected", text))


def _drifts(connection: Connection, id: str) -> Iterator[dict[str, Any]]:
    given: dict[str, str] = {}
    while True:  # boto3 has no paginator for it
        page = connection.call("cloudformation", "describe_stack_resource_drifts", StackName=id, **given)
        yield from page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return
        given = {"NextToken": page["NextToken"]}


def _properties(item: dict[str, Any], key: str) -> Any:
    try:
        return json.loads(item.get(key) or "{}")
    except ValueError:
        return {}


def _not_looked_at(stack: Stack, addresses: list[str]) -> None:
    if addresses:
        some = ", ".join(addresses[:10]) + (", …" if len(addresses) > 10 else "")
        text = Text(
            f"{stack.name}: the service tells no drift of {len(addresses)} resources, judged by the template alone: {some}",
            f"{stack.name}: {len(addresses)} 件のリソースはドリフト検出の対象外で、テンプレートだけで判定しました: {some}",
        )
        stack.problems.append(Diagnostic("note", "drift-not-told", text))


def _tell(stack: Stack, name: str, status: str, properties: list[dict[str, Any]], resource: Resource | None) -> None:
    changed = ", ".join(f"{one['path']} ({one['expected']} → {one['actual']})" for one in properties)[:300]
    text = (
        Text(f"{stack.name}: {name} was deleted by hand", f"{stack.name}: {name} は手作業で削除されています")
        if status == "DELETED"
        else Text(f"{stack.name}: {name} was changed by hand: {changed}", f"{stack.name}: {name} は手作業で変更されています: {changed}")
    )
    stack.problems.append(Diagnostic("warning", "drifted", text, resource.span if resource is not None else None))


def _property(one: dict[str, Any], expected: Any, actual: Any) -> dict[str, Any]:
    steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in one["PropertyPath"].strip("/").split("/"))
    masked = settled.hidden(expected, steps) or settled.hidden(actual, steps)
    return {
        "path": ".".join(steps),
        "expected": _shown(one.get("ExpectedValue"), masked),
        "actual": _shown(one.get("ActualValue"), masked),
    }


def _shown(text: str | None, masked: bool) -> str | None:
    """A value as the service writes it; of one with an inside, what may be quoted."""
    if text is None:
        return None
    if masked:
        return settled.MASK
    try:
        value = json.loads(text) if text[:1] in "[{" else text
    except ValueError:
        value = text
    said = shown(value, 200)
    return said[1:-1] if isinstance(value, str) and said[:1] == '"' else said
