"""Resource types and addresses as Checkov writes them, in our spelling."""

from __future__ import annotations

import re

_MODULE = re.compile(r"""(?:module\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?\.)*""")
_AZURE = re.compile(r"((?:[A-Za-z0-9]+\.)+[A-Za-z0-9]+(?:/[A-Za-z0-9]+)+)\.(.+)", re.DOTALL)
_SEPARATORS = re.compile(r"/?\[(\d+)\]|/")


def terraform(resource: str, family: str = "resource") -> tuple[str | None, str]:
    """Type and address of "module.m[\\"a\\"].aws_ebs_volume.c"; `family` is "data" or "provider" for blocks that Checkov names without it."""
    match = _MODULE.match(resource)
    module = match.group() if match else ""
    rest = resource[len(module) :]
    prefix = "" if family == "resource" or rest.startswith(f"{family}.") else f"{family}."
    rest = prefix + rest
    parts = rest.split(".")
    if parts[0] in ("data", "provider"):
        return (".".join(parts[:2]), module + rest) if len(parts) > 1 and parts[1] else (None, module + rest)
    return (parts[0] or None) if len(parts) > 1 else None, module + rest


def cloudformation(resource: str) -> tuple[str | None, str]:
    """Type and logical id of "AWS::S3::Bucket.Records"."""
    type, dot, name = resource.partition(".")
    return (type, name) if dot and "::" in type and name else (None, resource)


def azure(resource: str) -> tuple[str | None, str]:
    """Type and name of "Microsoft.Sql/servers.server"."""
    match = _AZURE.fullmatch(resource)
    return (match.group(1), match.group(2)) if match else (None, resource)


def attribute(key: str) -> str:
    """Checkov's "statement/[2]/actions" as "statement[2].actions"."""
    return _SEPARATORS.sub(lambda m: f"[{m.group(1)}]" if m.group(1) else ".", key).strip(".")
