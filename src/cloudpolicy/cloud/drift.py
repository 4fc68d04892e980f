"""What the service says has been changed by hand since the stack was deployed (CloudFormation's drift detection)."""

from __future__ import annotations

import json
import time

from cloudpolicy.cloud import settled
from cloudpolicy.cloud.connection import CloudError
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cloud.connection import Connection
    from cloudpolicy.cloud.stacks import Stack
    from cloudpolicy.model import Estate

LONGEST = 300.0  # seconds that one stack's detection may take


def detect(connection: Connection, stack: Stack, estate: Estate, pause: float = 2.0) -> list[dict[str, Any]]:
    """[{stack, region, resource, status, properties: [{path, expected, actual}]}] of what drifted; its real values are laid over the estate.

    Values are shortened by the reports' own rules nowhere: they are left out where a property is named like a secret. Raises CloudError.
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
    for item in connection.pages("cloudformation", "describe_stack_resource_drifts", "StackResourceDrifts", StackName=stack.id):
        status = item["StackResourceDriftStatus"]
        resource = estate.at(item["LogicalResourceId"])
        if resource is not None and item.get("ActualProperties"):
            settled.lay_over(resource, json.loads(item["ActualProperties"]), replace=True)
        if status in ("MODIFIED", "DELETED"):
            found.append(
                {
                    "stack": stack.name,
                    "region": stack.region,
                    "resource": item["LogicalResourceId"],
                    "status": status.lower(),
                    "properties": [_property(one) for one in item.get("PropertyDifferences", ())],
                }
            )
    return found


def _property(one: dict[str, Any]) -> dict[str, Any]:
    path = one["PropertyPath"].strip("/").replace("/", ".")
    if settled.secret(path):
        return {"path": path, "expected": settled.MASK, "actual": settled.MASK}
    return {"path": path, "expected": one.get("ExpectedValue"), "actual": one.get("ActualValue")}
