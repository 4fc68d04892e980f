"""The few data sources whose answer stands in the text itself."""

from __future__ import annotations

from cloudpolicy.sources.terraform.providers import region_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.resources import Instance


def known(instance: Instance, name: str) -> Any:
    """The attribute's value, or None when only the provider knows it."""
    declaration = instance.declaration
    type = declaration.type
    if type == "data.aws_iam_policy_document" and name in ("json", "minified_json"):
        from cloudpolicy.sources.terraform.documents import iam_policy_document

        return iam_policy_document(instance.values())
    if type == "data.aws_partition":
        region = region_of(declaration.module, type, declaration.block, {})
        china = isinstance(region, str) and region.startswith("cn-")
        if isinstance(region, str) and region.startswith(("us-gov-", "us-iso", "eu-isoe", "eusc-")):
            return None
        return {
            "partition": "aws-cn" if china else "aws",
            "id": "aws-cn" if china else "aws",
            "dns_suffix": "amazonaws.com.cn" if china else "amazonaws.com",
        }.get(name)
    if type == "data.aws_region" and name in ("name", "id", "region"):
        region = region_of(declaration.module, type, declaration.block, instance.values())
        return region if isinstance(region, str) else None
    return None
