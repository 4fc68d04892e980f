"""What the service says has been changed by hand since the stack was deployed (CloudFormation's drift detection)."""

from __future__ import annotations

import json
import time

from cloudpolicy.cloud import settled
from cloudpolicy.cloud.errors import CloudError
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
    """[{stack, region, resource, status, properties: [{path, expected, actual}]}] of what drifted; the real values are laid over the estate.

    Values of properties that are named like a secret are masked. Each is a warning of the stack, too. Raises CloudError.
    """
    begun = connection.call("cloudformation", "detect_stack_drift", StackName=stack.id)["StackDriftDetectionId"]
    ends = time.monotonic() + LONGEST
    while True:
        state = connection.call("cloudformation", "describe_stack_drift_detection_status", StackDriftDetectionId=begun)
        if state["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        if time.monotonic() > ends:
            raise CloudError(
                "drift-not-detected",
                f"{stack.name}: drift detection takes longer than {LONGEST:.0f} s; run it for this stack alone",
                f"{stack.name}: ドリフト検出が {LONGEST:.0f} 秒で終わりません。このスタックだけで実行してください",
            )
        time.sleep(pause)
    if state["DetectionStatus"] != "DETECTION_COMPLETE":
        said = str(state.get("DetectionStatusReason", ""))[:200]
        stack.problems.append(
            Diagnostic(
                "error",
                "drift-not-detected",
                Text(f"{stack.name}: drift detection failed: {said}", f"{stack.name}: ドリフト検出に失敗しました: {said}"),
            )
        )
    found = []
    for item in _drifts(connection, stack):
        status = item["StackResourceDriftStatus"]
        resource = estate.at(item["LogicalResourceId"])
        if resource is not None and item.get("ActualProperties"):
            settled.lay_over(resource, json.loads(item["ActualProperties"]), replace=True)
        if status in ("MODIFIED", "DELETED"):
            properties = [_property(one) for one in item.get("PropertyDifferences", ())]
            _tell(stack, item["LogicalResourceId"], status, properties, resource)
            found.append(
                {
                    "stack": stack.name,
                    "region": stack.region,
                    "resource": item["LogicalResourceId"],
                    "status": status.lower(),
                    "properties": properties,
                }
            )
    return found


def _drifts(connection: Connection, stack: Stack) -> Iterator[dict[str, Any]]:
    given: dict[str, str] = {}
    while True:  # boto3 has no paginator for it
        page = connection.call("cloudformation", "describe_stack_resource_drifts", StackName=stack.id, **given)
        yield from page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return
        given = {"NextToken": page["NextToken"]}


def _tell(stack: Stack, name: str, status: str, properties: list[dict[str, Any]], resource: Resource | None) -> None:
    changed = ", ".join(f"{one['path']} ({one['expected']} → {one['actual']})" for one in properties)[:300]
    text = (
        Text(f"{stack.name}: {name} was deleted by hand", f"{stack.name}: {name} は手作業で削除されています")
        if status == "DELETED"
        else Text(f"{stack.name}: {name} was changed by hand: {changed}", f"{stack.name}: {name} は手作業で変更されています: {changed}")
    )
    stack.problems.append(Diagnostic("warning", "drifted", text, resource.span if resource is not None else None))


def _property(one: dict[str, Any]) -> dict[str, Any]:
    path = one["PropertyPath"].strip("/").replace("/", ".")
    if settled.secret(path):
        return {"path": path, "expected": settled.MASK, "actual": settled.MASK}
    return {"path": path, "expected": one.get("ExpectedValue"), "actual": one.get("ActualValue")}
