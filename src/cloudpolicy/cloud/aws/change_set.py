"""A change set: made, read, deleted. The service resolves parameters, stored parameters, imports and macros; nothing is ever executed."""

from __future__ import annotations

import json
import os
import secrets
import time

from cloudpolicy.cloud.aws.leftovers import Leftovers, tidied
from cloudpolicy.cloud.aws.stacks import STACK, Stack, nested, processed, take_parameter, write_body
from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.cloud.files import file_name
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cloud.aws.connection import Connection

BODY_LIMIT = 51_200  # bytes that CloudFormation takes in a request; more must stand in S3
LONGEST = 300.0  # seconds
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_EMPTY = "REVIEW_IN_PROGRESS"  # a stack that holds nothing but change sets
_NOT_UPDATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED")  # such a stack can only be deleted


class Preview:
    """What a change set tells.

    stack   the processed template and the resolved parameters, as of a deployed stack
    after   address ("Db", "Network/Vpc") -> the properties it would have
    """

    __slots__ = ("after", "stack")

    def __init__(self, stack: Stack, after: dict[str, Any]) -> None:
        self.stack = stack
        self.after = after


class _Question:
    """One change set on its way: the stack's name, ours for the change set, and how long to wait between two looks."""

    __slots__ = ("connection", "made", "name", "pause", "stack_id")

    def __init__(self, connection: Connection, name: str, pause: float) -> None:
        self.connection = connection
        self.name = name
        self.made = f"cloudpolicy-{secrets.token_hex(6)}"
        self.pause = pause
        self.stack_id: str | None = None

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        return self.connection.call("cloudformation", operation, **given)

    def describe(self, **given: Any) -> dict[str, Any]:
        return self.call("describe_change_set", StackName=self.name, ChangeSetName=self.made, IncludePropertyValues=True, **given)


def preview(
    connection: Connection, name: str, template: str, parameters: dict[str, str], folder: str, bucket: str | None = None, pause: float = 2.0
) -> Preview:
    """Ask the service what deploying `template` as the stack `name` would make; raises CloudError. What was made for asking is deleted again;
    what of it could not be deleted is an error of the stack's problems, or part of the error that is raised."""
    with open(template, "rb") as file:
        body = file.read()
    asked = _Question(connection, name, pause)
    known = _deployed(connection, name)
    with tidied() as left:
        place = _placed(asked, left, template, body, bucket)
        given = {
            "StackName": name,
            "ChangeSetName": asked.made,
            "ChangeSetType": "UPDATE" if known else "CREATE",
            "ClientToken": asked.made,  # a request that boto3 sends again makes no second one
            "Capabilities": _CAPABILITIES,
            "Parameters": _parameters(connection, place, parameters, known),
            "IncludeNestedStacks": True,
            "Description": "cloudpolicy preview; never executed",
            **place,
        }
        what, command = _named(asked, new=not known)
        try:
            answer = left.make(what, command, lambda: _delete(asked, new=not known), lambda: asked.call("create_change_set", **given))
        except CloudError as error:
            if known is None or not _unchanged(error.diagnostic.text.en):
                raise
            answer = {}
        asked.stack_id = answer.get("StackId")
        described = _awaited(asked) if answer else {"Status": "FAILED", "StackId": known and known["StackId"]}
        told = _read(asked, described, template, folder, known)
        told.stack.problems += left.delete()
        return told


def _placed(asked: _Question, left: Leftovers, template: str, body: bytes, bucket: str | None) -> dict[str, str]:
    """The template as a request names it: itself, or its place in S3 where it is too large."""
    if len(body) <= BODY_LIMIT:
        return {"TemplateBody": body.decode("utf-8", "replace")}
    if bucket is None:
        raise CloudError(
            "template-too-large",
            f"{os.path.basename(template)} has {len(body):,} bytes; above {BODY_LIMIT:,} it must go through S3: name a bucket with --bucket",
            f"{os.path.basename(template)} は {len(body):,} バイトあります。{BODY_LIMIT:,} を超えるため、--bucket で S3 バケットを指定してください",
        )
    key = f"{asked.made}.template"
    version: dict[str, str] = {}

    def delete() -> None:
        asked.connection.call("s3", "delete_object", Bucket=bucket, Key=key, **version)

    answer = left.make(
        Text(f"s3://{bucket}/{key}", f"s3://{bucket}/{key} "),
        f"aws s3 rm s3://{bucket}/{key}",
        delete,
        lambda: asked.connection.call("s3", "put_object", Bucket=bucket, Key=key, Body=body),
    )
    if answer.get("VersionId"):  # or a versioned bucket keeps it for ever
        version["VersionId"] = answer["VersionId"]
    suffix = "amazonaws.com.cn" if asked.connection.region.startswith("cn-") else "amazonaws.com"
    host = f"s3.{asked.connection.region}.{suffix}"
    return {"TemplateURL": f"https://{host}/{bucket}/{key}" if "." in bucket else f"https://{bucket}.{host}/{key}"}


def _named(asked: _Question, new: bool) -> tuple[Text, str]:
    """What is made in the account, for people, and the command that deletes it."""
    where = f"--region {asked.connection.region}"
    if new:
        return (
            Text(f"the empty stack {asked.name} with the change set {asked.made}", f"空のスタック {asked.name}(変更セット {asked.made})"),
            f"aws cloudformation delete-stack --stack-name {asked.name} {where}",
        )
    return (
        Text(f"the change set {asked.made} of the stack {asked.name}", f"スタック {asked.name} の変更セット {asked.made} "),
        f"aws cloudformation delete-change-set --stack-name {asked.name} --change-set-name {asked.made} {where}",
    )


def _delete(asked: _Question, new: bool) -> None:
    """Delete our change set, and the empty stack that one of a new stack leaves behind, unless somebody has deployed it meanwhile."""
    ends = time.monotonic() + LONGEST
    stack = asked.stack_id
    if new and stack is None:  # interrupted before the answer was here
        stack = asked.describe()["StackId"]
    while True:
        try:
            asked.call("delete_change_set", StackName=stack or asked.name, ChangeSetName=asked.made)
            break
        except CloudError as error:
            if error.diagnostic.code != "change-set-busy" or time.monotonic() > ends:
                raise
        time.sleep(asked.pause)  # it is still being made
    if new and _status(asked, stack) == _EMPTY:
        asked.call("delete_stack", StackName=stack)


def _status(asked: _Question, stack: str | None) -> str:
    described = asked.call("describe_stacks", StackName=stack)["Stacks"]
    return str(described[0].get("StackStatus")) if described else ""


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
    status = str(described[0].get("StackStatus")) if described else ""
    if status == _EMPTY:
        raise CloudError(
            "stack-under-review",
            f"the stack {name} only holds somebody's change sets; delete it, or preview under another name",
            f"スタック {name} には他の変更セットだけがあります。削除するか、別の名前で実行してください",
        )
    if status.endswith("_IN_PROGRESS"):
        raise CloudError(
            "stack-busy",
            f"the stack {name} is in {status}; wait until that has ended, then preview again",
            f"スタック {name} は {status} の状態です。処理が終わってから再実行してください",
        )
    if status in _NOT_UPDATED:
        raise CloudError(
            "stack-not-settled",
            f"the stack {name} is in {status} and cannot be updated; delete it, or preview under another name",
            f"スタック {name} は {status} の状態で、更新できません。削除するか、別の名前で実行してください",
        )
    return described[0] if described else None


def _unchanged(reason: str) -> bool:
    return "didn't contain changes" in reason or "No updates are to be performed" in reason


def _read(asked: _Question, told: dict[str, Any], template: str, folder: str, known: dict[str, Any] | None) -> Preview:
    place = os.path.join(folder, asked.connection.region, "preview")
    stack = Stack(asked.name, told.get("StackId", asked.name), asked.connection.region, template)
    for parameter in (known or {}).get("Parameters", ()):  # a value that stays may be listed without itself
        take_parameter(stack, parameter)
    for parameter in told.get("Parameters", ()):
        take_parameter(stack, parameter)
    unchanged = told["Status"] == "FAILED"
    if unchanged:
        said = Text(
            f"{asked.name}: the service finds nothing to change; what is deployed already was judged",
            f"{asked.name}: 変更はありません。配備済みと同じ内容を判定しました",
        )
        stack.problems.append(Diagnostic("note", "no-changes", said))
    if processed(template):
        stack.template = _template(asked, stack, unchanged, place)
    after: dict[str, Any] = {}
    inner = _changes(asked, told, "", after)
    if known and _holds_stacks(stack.template):  # nested stacks that stay as they are have no change set
        nested(asked.connection, stack, known["StackId"], place)
    _nested(asked, stack, inner, after, place)
    return Preview(stack, after)


def _awaited(asked: _Question) -> dict[str, Any]:
    """The first page of the change set, once it is made; one that failed because nothing would change has the status FAILED."""
    ends = time.monotonic() + LONGEST
    while True:
        told = asked.describe()
        status = told["Status"]
        if status == "FAILED":
            reason = str(told.get("StatusReason", ""))[:300]
            if _unchanged(reason):
                return told
            raise CloudError(
                "change-set-failed",
                f"{asked.name}: the service refuses it: {reason}",
                f"{asked.name}: サービスがテンプレートを拒否しました: {reason}",
            )
        if status.endswith("COMPLETE"):
            return told
        if time.monotonic() > ends:
            raise CloudError(
                "change-set-failed",
                f"{asked.name}: the change set is not ready after {LONGEST:.0f} s; try again later",
                f"{asked.name}: 変更セットの作成が {LONGEST:.0f} 秒で終わりません。時間をおいて再実行してください",
            )
        time.sleep(asked.pause)


def _template(asked: _Question, stack: Stack, unchanged: bool, place: str) -> str:
    """Path of what the service made of the template. When nothing would change and it keeps none, that is the deployed one."""
    given = {"StackName": asked.name, "TemplateStage": "Processed"}
    try:
        body = asked.call("get_template", ChangeSetName=asked.made, **given)["TemplateBody"]
    except CloudError as error:
        if not unchanged or error.diagnostic.code not in ("cloud-error", "no-such-change-set"):
            raise
        body = asked.call("get_template", **given)["TemplateBody"]
    if "Resources" in body:
        return write_body(body, place)
    said = Text(
        "the service does not tell what its macros make of the template; what they make is unknown",
        "マクロや変換の結果がサービスから得られませんでした。その部分は判定不能とします",
    )
    stack.problems.append(Diagnostic("warning", "not-processed", said))
    return stack.template


def _holds_stacks(template: str) -> bool:
    with open(template, "rb") as file:
        return STACK.encode() in file.read()


def _changes(asked: _Question, told: dict[str, Any], prefix: str, after: dict[str, Any]) -> dict[str, str | None]:
    """Put the property values of every page into `after`; returns the nested stacks that change, each with its change set's id."""
    inner: dict[str, str | None] = {}
    place = {"StackName": asked.name, "ChangeSetName": asked.made} if not prefix else {"ChangeSetName": told["ChangeSetId"]}
    while True:
        for change in told.get("Changes", ()):
            item = change.get("ResourceChange", {})
            if item.get("Action") == "Remove":
                continue
            if item.get("ResourceType") == STACK:
                inner[prefix + item["LogicalResourceId"]] = item.get("ChangeSetId")
            try:
                context = json.loads(item.get("AfterContext") or "{}")
            except ValueError:
                context = {}
            if isinstance(context, dict) and isinstance(context.get("Properties"), dict):
                after[prefix + item["LogicalResourceId"]] = context["Properties"]
        if not told.get("NextToken"):
            return inner
        told = asked.call("describe_change_set", IncludePropertyValues=True, NextToken=told["NextToken"], **place)


def _nested(asked: _Question, stack: Stack, inner: dict[str, str | None], after: dict[str, Any], place: str) -> None:
    """The templates and property values of the nested stacks that would change."""
    for key, id in inner.items():
        told = {} if id is None else asked.call("describe_change_set", ChangeSetName=id, IncludePropertyValues=True)
        if told.get("Status") == "FAILED":  # nothing would change there
            continue
        stack.nested.pop(key, None)  # what is deployed is not what would be
        if id is None:
            continue
        body = asked.call("get_template", ChangeSetName=id, TemplateStage="Processed")["TemplateBody"]
        stack.nested[key] = write_body(body, os.path.join(place, *(file_name(part) for part in key.split("/"))))
        _nested(asked, stack, _changes(asked, {**told, "ChangeSetId": id}, f"{key}/", after), after, place)
