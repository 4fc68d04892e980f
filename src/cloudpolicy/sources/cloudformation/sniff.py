"""Telling a CloudFormation template from every other YAML or JSON file by its first kilobytes, without parsing it."""

from __future__ import annotations

import re

HEAD = 64 * 1024
ENDINGS = (".yaml", ".yml", ".json", ".template", ".cfn", ".cft", ".cform", ".cf", ".stack")

# In YAML a top-level key starts its line, after the indent of the first key: an embedded template (a ConfigMap, serverless.yml's
# `resources:`) is indented further.
_YAML_FIRST = re.compile(rb"^( *)(?![ #\r\n]|---|%)", re.M)
_YAML_KEY = re.compile(rb"^( *)[\"']?(AWSTemplateFormatVersion|Resources)[\"']?[ \t]*:", re.M)
_YAML_TYPE = re.compile(rb"^[ \t]+(?:[\w\"'-]+:[ \t]*\{[ \t]*)?[\"']?Type[\"']?[ \t]*:[ \t]*[\"']?(?:Custom::|\w+::\w+::)", re.M)
_YAML_SERVERLESS = re.compile(rb"^( *)[\"']?Transform[\"']?[ \t]*:[^\n]*(?:\n[ \t]*-[^\n]*)*?AWS::Serverless-", re.M)
_JSON_KEYS = (b'"AWSTemplateFormatVersion"', b'"Resources"', b'"Transform"')
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[\]{}]', re.S)
_JSON_TYPE = re.compile(rb'"Type"\s*:\s*"(?:Custom::|\w+::\w+::)')
_JSON_COLON = re.compile(rb"\s*:\s*")
_JSON_SERVERLESS = re.compile(rb'\[?[^\]{}]*"AWS::Serverless-')


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
    first = _YAML_FIRST.search(head)
    indent = len(first[1]) if first else 0
    for match in _YAML_KEY.finditer(head):
        if len(match[1]) == indent and (match[2] != b"Resources" or _YAML_TYPE.search(head, match.end())):
            return True
    transform = _YAML_SERVERLESS.search(head)
    return transform is not None and len(transform[1]) == indent


def _json(head: bytes) -> bool:
    if not any(key in head for key in _JSON_KEYS):
        return False
    depth = 0
    for match in _JSON_TOKEN.finditer(head):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and token in _JSON_KEYS:
            colon = _JSON_COLON.match(head, match.end())
            if colon is None:
                continue
            if token == _JSON_KEYS[0]:
                return True
            if token == _JSON_KEYS[1] and head[colon.end() : colon.end() + 1] == b"{" and _JSON_TYPE.search(head, colon.end()):
                return True
            if token == _JSON_KEYS[2] and _JSON_SERVERLESS.match(head, colon.end()):
                return True
    return False
