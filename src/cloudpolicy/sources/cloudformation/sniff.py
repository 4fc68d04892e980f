"""Telling a CloudFormation template from every other YAML or JSON file by its first kilobytes, without parsing it."""

from __future__ import annotations

import re

HEAD = 64 * 1024
ENDINGS = (".yaml", ".yml", ".json", ".template", ".cfn", ".cft", ".cform", ".cf", ".stack")

# In YAML a top-level key starts its line: an embedded template (a ConfigMap, serverless.yml's `resources:`) is indented.
_YAML_VERSION = re.compile(rb"^[\"']?AWSTemplateFormatVersion[\"']?[ \t]*:", re.M)
_YAML_RESOURCES = re.compile(rb"^[\"']?Resources[\"']?[ \t]*:", re.M)
_YAML_TYPE = re.compile(rb"^[ \t]+(?:[\w\"'-]+:[ \t]*\{[ \t]*)?[\"']?Type[\"']?[ \t]*:[ \t]*[\"']?(?:AWS|Alexa|Custom)::", re.M)
_YAML_SERVERLESS = re.compile(rb"^[\"']?Transform[\"']?[ \t]*:[^\n]*(?:\n[ \t]*-[^\n]*)*?AWS::Serverless-", re.M)
_JSON_KEY = re.compile(rb'"(AWSTemplateFormatVersion|Resources|Transform)"\s*:\s*(?=(.))', re.S)
_JSON_TYPE = re.compile(rb'"Type"\s*:\s*"(?:AWS|Alexa|Custom)::')
_JSON_SERVERLESS = re.compile(rb'\s*\[?[^\]{}]*"AWS::Serverless-')
_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)


def looks_like_template(head: bytes, name: str) -> bool:
    """True when a file named `name` that starts with `head` (up to 64 KB) is a CloudFormation template.

    A UTF-16 template counts too, so that reading it says what is wrong with it.
    """
    if not name.lower().endswith(ENDINGS):
        return False
    if head[:3] == b"\xef\xbb\xbf":
        head = head[3:]
    elif head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8")
    if head.lstrip()[:1] == b"{":
        return _json(head)
    if _YAML_VERSION.search(head):
        return True
    if _YAML_RESOURCES.search(head) and _YAML_TYPE.search(head):
        return True
    return _YAML_SERVERLESS.search(head) is not None


def _json(head: bytes) -> bool:
    for match in _JSON_KEY.finditer(head):
        outside = _JSON_STRING.sub(b"", head[: match.start()])
        if outside.count(b"{") - outside.count(b"}") != 1 or outside.count(b"[") != outside.count(b"]"):
            continue
        key = match[1]
        if key == b"AWSTemplateFormatVersion":
            return True
        if key == b"Resources" and match[2] == b"{" and _JSON_TYPE.search(head, match.end()):
            return True
        if key == b"Transform" and _JSON_SERVERLESS.match(head, match.end()):
            return True
    return False
