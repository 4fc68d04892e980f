"""What configures Terraform itself, as resources of the root module: credentials and the state's place are worth judging, too.

`provider "aws"` with an alias is the resource `provider.aws.us` of type `provider.aws`; `terraform { backend "s3" {} }` is `terraform.backend_s3`
of a type of the same name, `terraform { cloud {} }` is `terraform.cloud`.
"""

from __future__ import annotations

from cloudpolicy.model import Resource
from cloudpolicy.sources.terraform import blocks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Span
    from cloudpolicy.sources.terraform.module import Module
    from cloudpolicy.sources.terraform.syntax import Block


def resources(module: Module) -> list[Resource]:
    """The provider blocks, backends and cloud blocks of a root module, in order."""
    found = [_resource(f"provider.{key.split('.')[0]}", f"provider.{key}", block, module) for key, block in module.folder.providers.items()]
    for settings in module.folder.settings:
        for block in settings.body.blocks:
            if block.type == "backend" and block.labels:
                found.append(_resource(f"terraform.backend_{block.labels[0]}", f"terraform.backend_{block.labels[0]}", block, module))
            elif block.type == "cloud":
                found.append(_resource("terraform.cloud", "terraform.cloud", block, module))
    return found


def _resource(type: str, address: str, block: Block, module: Module) -> Resource:
    values = blocks.evaluate(block, block.body, module.scope)

    def locate(path: Path, values: Any = values) -> Span | None:
        return blocks.locate(values, block, path)

    return Resource(type, address, values, block.span(), locate)
