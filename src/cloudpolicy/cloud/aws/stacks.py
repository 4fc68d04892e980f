"""Deployed CloudFormation stacks as files: the processed template, its parameters, and the templates of its nested stacks.

They are written to a folder and read by the same reader as a template in a repository, so that a live stack is judged by the same rules and
a finding has a line to point at. Nested stacks' templates are handed over by the logical ids that lead to them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re

from cloudpolicy.cloud.errors import CloudError
from cloudpolicy.cloud.files import file_name, write
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.cloud.aws.connection import Connection

STACK = "AWS::CloudFormation::Stack"
DEPTH_LIMIT = 10
_GONE = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")  # nothing is deployed; the last is a creation that was undone


class Stack:
    """One root stack as it was fetched.

    name        its name, region and id as the service tells them
    template    absolute path of the processed template
    nested      "Network" or "Network/Inner" -> absolute path of that nested stack's template
    parameters  name -> value; those that the service read from a parameter store are in `resolved`; what it hides is left out
    inner       "Network" or "Network/Inner" -> that nested stack's id
    problems    what could not be fetched of it
    """

    __slots__ = ("id", "inner", "name", "nested", "parameters", "problems", "region", "resolved", "template")

    def __init__(self, name: str, id: str, region: str, template: str) -> None:
        self.name = name
        self.id = id
        self.region = region
        self.template = template
        self.nested: dict[str, str] = {}
        self.inner: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.resolved: set[str] = set()
        self.problems: list[Diagnostic] = []


def roots(connection: Connection, names: list[str] | None) -> tuple[list[dict[str, Any]], list[Diagnostic]]:
    """The service's descriptions of the root stacks that are asked for, or of all, and what could not be had of them."""
    found: list[dict[str, Any]] = []
    problems: list[Diagnostic] = []
    for name in names if names is not None else [None]:
        given = {} if name is None else {"StackName": name}
        try:
            for described in connection.pages("cloudformation", "describe_stacks", "Stacks", **given):
                status = described.get("StackStatus", "")
                if status in _GONE:
                    if name is not None:
                        problems.append(_not_deployed(described["StackName"], status))
                elif name is not None or not described.get("ParentId"):
                    found.append(described)
        except CloudError as error:  # half of a listing is still worth judging; the error makes it partial
            problems.append(error.diagnostic)
    return found, problems


def _not_deployed(name: str, status: str) -> Diagnostic:
    text = Text(
        f"the stack {name} is in {status}: nothing of it is deployed",
        f"スタック {name} は {status} の状態で、何も配備されていません",
    )
    return Diagnostic("error", "not-deployed", text)


def fetch(connection: Connection, described: dict[str, Any], folder: str) -> Stack:
    """Write the stack's templates below `folder`; raises CloudError when its own template cannot be had."""
    name = described["StackName"]
    stack = Stack(name, described["StackId"], connection.region, "")
    for parameter in described.get("Parameters", ()):
        take_parameter(stack, parameter)
    stack.template = _write(connection, described["StackId"], os.path.join(folder, connection.region, file_name(name)))
    status = described.get("StackStatus", "")
    if not status.endswith("COMPLETE"):
        stack.problems.append(
            Diagnostic(
                "error",
                "stack-not-settled",
                Text(
                    f"the stack {name} is in {status}: what is deployed may differ from its template; settle it, then check again",
                    f"スタック {name} は {status} の状態で、実際の構成がテンプレートと異なる可能性があります。解消してから再検査してください",
                ),
            )
        )
    nested(connection, stack, described["StackId"], os.path.dirname(stack.template))
    return stack


def take_parameter(stack: Stack, parameter: dict[str, Any]) -> None:
    """One parameter as the service lists it. A NoEcho value comes as asterisks: it is not a value."""
    key, value, resolved = parameter["ParameterKey"], parameter.get("ParameterValue"), parameter.get("ResolvedValue")
    if resolved is not None:
        stack.resolved.add(key)
        value = resolved
    if value is not None and not re.fullmatch(r"\*+", value):
        stack.parameters[key] = value


def nested(connection: Connection, stack: Stack, id: str, folder: str, prefix: str = "", depth: int = 0) -> None:
    """Write the deployed templates of the stacks nested in the one with that id; what cannot be had is a problem of `stack`."""
    try:
        for resource in connection.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=id):
            inner = resource.get("PhysicalResourceId")
            if resource["ResourceType"] != STACK or not inner or resource.get("ResourceStatus") == "DELETE_COMPLETE":
                continue
            key = prefix + resource["LogicalResourceId"]
            stack.inner[key] = inner
            if depth >= DEPTH_LIMIT:
                raise CloudError("expansion-limit", f"{key}: stacks are nested too deeply", f"{key}: 入れ子のスタックが深すぎます")
            place = os.path.join(folder, *(file_name(part) for part in key.split("/")))
            stack.nested[key] = _write(connection, inner, place)
            nested(connection, stack, inner, folder, f"{key}/", depth + 1)
    except CloudError as error:
        said = error.diagnostic.text
        stack.problems.append(
            Diagnostic(
                "error",
                error.diagnostic.code,
                Text(f"{stack.name}: partial: {said.en}", f"{stack.name}: 一部しか取得できませんでした: {said.ja}"),
            )
        )


def _write(connection: Connection, id: str, place: str) -> str:
    body = connection.call("cloudformation", "get_template", StackName=id, TemplateStage="Processed")["TemplateBody"]
    return write_body(body, place)


# What the service makes something else of: macros and includes, SAM, modules. Every other template is processed as it stands.
_PROCESSED = (b"Transform", b"::MODULE")


def processed(template: str) -> bool:
    """Whether the service may deploy something else than what is written in the file."""
    with open(template, "rb") as file:
        body = file.read()
    return any(mark in body for mark in _PROCESSED)


def original(connection: Connection, stack: Stack) -> Stack:
    """The same stack with its template as it was handed in; raises CloudError."""
    same = Stack(stack.name, stack.id, stack.region, "")
    same.nested, same.parameters, same.resolved = stack.nested, stack.parameters, stack.resolved
    body = connection.call("cloudformation", "get_template", StackName=stack.id, TemplateStage="Original")["TemplateBody"]
    same.template = write_body(body, os.path.splitext(stack.template)[0] + "-original")
    return same


def write_body(body: Any, place: str) -> str:
    """A template as boto3 gives it (text, or JSON already parsed) to `place` with an ending; returns the path."""
    if isinstance(body, str) and body.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):  # the reader will say what is wrong with it
            body = json.loads(body)
    if not isinstance(body, str):
        body = json.dumps(body, indent=2, ensure_ascii=False, default=str)  # one attribute a line
        place += ".json"
    else:
        place += ".yaml"
    return write(place, body)
