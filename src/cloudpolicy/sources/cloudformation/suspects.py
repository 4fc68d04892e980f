"""Templates with a fault that hides what they are: a misspelt `Type`, a text that breaks off, no resource that can be recognised.

`looks_like_template` goes by resource types. What has none of them but a top-level `Resources` is parsed here: a file that is a template all the
same must reach its reader, which says what is wrong with it; YAML and JSON of other tools must not.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 2 * 1024 * 1024  # bytes; the service takes templates of one
_YAML = re.compile(rb"^([\"']?)Resources\1[ \t]*:[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]+(?!-[ \t])\S", re.M)
_JSON = re.compile(rb"\s*\{(?:.*[,{\s])?\"Resources\"\s*:\s*\{", re.S)
_ENGINE = (b"{{", b"{%", b"<%", b"${{")  # of template engines, whose files need not be YAML
_HINT = re.compile(rb"AWS::|^[ \t]+[\"']?(?:Type|Properties)[\"']?[ \t]*:|\"(?:Type|Properties)\"\s*:", re.M)


def may_be(head: bytes) -> bool:
    """Whether a top-level `Resources` holds a mapping, as far as the beginning of a file tells."""
    return _JSON.match(head) is not None if head.lstrip()[:1] == b"{" else _YAML.search(head) is not None


def is_one(path: str, data: bytes) -> bool:
    """Whether the file's content is a CloudFormation template, sound or not."""
    from cloudpolicy.sources.cloudformation import text

    try:
        content = text.parse(path, data.removeprefix(b"\xef\xbb\xbf")).data
    except text.Unparsable:
        return _HINT.search(data) is not None or not any(mark in data for mark in _ENGINE)
    resources = content.get("Resources") if isinstance(content, dict) else None
    return isinstance(resources, dict) and any(key.startswith("Fn::") or _resource(value) for key, value in resources.items())


def _resource(value: Any) -> bool:
    """A mapping with one of the keys of a resource, or with a type under another key."""
    if not isinstance(value, dict):
        return False
    return "Properties" in value or any(isinstance(each, str) and each.startswith(("AWS::", "Custom::")) for each in value.values())
