"""A change set: made, read, deleted. The service resolves parameters, stored parameters, imports and macros; nothing is ever executed."""

from __future__ import annotations

import json
import os
import secrets
import time

from cloudpolicy.cloud.aws.stacks import Stack, take_parameter, write_body
from cloudpolicy.cloud.errors import CloudError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cloud.aws.connection import Connection

BODY_LIMIT = 51_200  # bytes that CloudFormation takes in a request; more must stand in S3
LONGEST = 300.0  # seconds
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class Preview:
    """What a change set tells.

    stack   the processed template and the resolved parameters, as of a deployed stack
    after   logical id -> the properties it would have
    """

    __slots__ = ("after", "stack")

    def __init__(self, stack: Stack, after: dict[str, Any]) -> None:
        self.stack = stack
        self.after = after


def preview(
    connection: Connection, name: str, template: str, parameters: dict[str, str], folder: str, bucket: str | None = None, pause: float = 2.0
) -> Preview:
    """Ask the service what deploying `template` as the stack `name` would make; raises CloudError. What was made for asking is deleted again."""
    with open(template, "rb") as file:
        body = file.read()
    made = f"cloudpolicy-{secrets.token_hex(6)}"
    known = _deployed(connection, name)
    place: dict[str, str] = {"TemplateBody": body.decode("utf-8", "replace")}
    key = None
    if len(body) > BODY_LIMIT:
        if bucket is None:
            raise CloudError(
                "template-too-large",
                f"{os.path.basename(template)} has {len(body):,} bytes; above {BODY_LIMIT:,} it must go through S3: name a bucket with --bucket",
                f"{os.path.basename(template)} は {len(body):,} バイトあります。{BODY_LIMIT:,} を超えるため、--bucket で S3 バケットを指定してください",
            )
        key = f"{made}.template"
        connection.call("s3", "put_object", Bucket=bucket, Key=key, Body=body)
        place = {"TemplateURL": f"https://{bucket}.s3.{connection.region}.amazonaws.com/{key}"}
    try:
        connection.call(
            "cloudformation",
            "create_change_set",
            StackName=name,
            ChangeSetName=made,
            ChangeSetType="UPDATE" if known else "CREATE",
            Capabilities=_CAPABILITIES,
            Parameters=_parameters(connection, place, parameters, known),
            Description="cloudpolicy preview; never executed",
            **place,
        )
        try:
            return _read(connection, name, made, folder, pause)
        finally:
            connection.call("cloudformation", "delete_change_set", StackName=name, ChangeSetName=made)
            if not known:  # a change set of type CREATE leaves an empty stack behind; ours, since there was none
                connection.call("cloudformation", "delete_stack", StackName=name)
    finally:
        if key is not None:
            connection.call("s3", "delete_object", Bucket=bucket, Key=key)


def without(connection: Connection, name: str, template: str, parameters: dict[str, str]) -> Preview:
    """What the deployed stack's own parameters settle of the new template, read-only; raises CloudError when there is no such stack."""
    (described,) = connection.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    stack = Stack(name, described["StackId"], connection.region, template)
    for parameter in described.get("Parameters", ()):
        take_parameter(stack, parameter)
    stack.parameters.update(parameters)
    stack.resolved -= set(parameters)
    return Preview(stack, {})


def _parameters(connection: Connection, place: dict[str, str], given: dict[str, str], known: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What the template declares: the given value, else the deployed stack's own; the service refuses names that are not declared."""
    declared = connection.call("cloudformation", "get_template_summary", **place).get("Parameters", ())
    before = {parameter["ParameterKey"] for parameter in (known or {}).get("Parameters", ())}
    found: list[dict[str, Any]] = []
    for name in [parameter["ParameterKey"] for parameter in declared]:
        if name in given:
            found.append({"ParameterKey": name, "ParameterValue": given[name]})
        elif name in before:
            found.append({"ParameterKey": name, "UsePreviousValue": True})
    return found


def _deployed(connection: Connection, name: str) -> dict[str, Any] | None:
    """The stack as it is deployed, None when there is none; raises CloudError."""
    try:
        described = connection.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except CloudError as error:
        if error.diagnostic.code == "no-such-stack":
            return None
        raise
    if described and described[0].get("StackStatus") == "REVIEW_IN_PROGRESS":
        raise CloudError(
            "stack-under-review",
            f"the stack {name} only holds somebody's change sets; delete it, or preview under another name",
            f"スタック {name} には他の変更セットだけがあります。削除するか、別の名前で実行してください",
        )
    return described[0] if described else None


def _read(connection: Connection, name: str, made: str, folder: str, pause: float) -> Preview:
    ends = time.monotonic() + LONGEST
    while True:
        told = connection.call("cloudformation", "describe_change_set", StackName=name, ChangeSetName=made, IncludePropertyValues=True)
        status = told["Status"]
        if status == "FAILED":
            reason = str(told.get("StatusReason", ""))[:300]
            if "didn't contain changes" in reason or "No updates" in reason:
                break
            raise CloudError("change-set-failed", f"{name}: the service refuses it: {reason}", f"{name}: サービスが拒否しました: {reason}")
        if status.endswith("COMPLETE"):
            break
        if time.monotonic() > ends:
            raise CloudError(
                "change-set-failed",
                f"{name}: no answer within {LONGEST:.0f} s; try again",
                f"{name}: {LONGEST:.0f} 秒以内に応答がありません",
            )
        time.sleep(pause)
    stack = Stack(name, told.get("StackId", name), connection.region, "")
    for parameter in told.get("Parameters", ()):
        take_parameter(stack, parameter)
    after: dict[str, Any] = {}
    while True:
        for change in told.get("Changes", ()):
            item = change.get("ResourceChange", {})
            if item.get("AfterContext"):
                after[item["LogicalResourceId"]] = json.loads(item["AfterContext"]).get("Properties", {})
        if not told.get("NextToken"):
            break
        told = connection.call(
            "cloudformation",
            "describe_change_set",
            StackName=name,
            ChangeSetName=made,
            IncludePropertyValues=True,
            NextToken=told["NextToken"],
        )
    body = connection.call("cloudformation", "get_template", StackName=name, ChangeSetName=made, TemplateStage="Processed")["TemplateBody"]
    stack.template = write_body(body, os.path.join(folder, connection.region, "preview"))
    return Preview(stack, after)
