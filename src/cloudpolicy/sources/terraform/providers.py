"""Provider configurations: which one a resource uses, and the region that it gives."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.expressions import Literal, Object, Traversal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.module import Module
    from cloudpolicy.sources.terraform.syntax import Attribute, Block

_REGIONAL = ("aws_", "awscc_")


class Provider:
    """One `provider` block in its module."""

    __slots__ = ("_region", "block", "module")

    def __init__(self, block: Block, module: Module) -> None:
        self.block = block
        self.module = module
        self._region: Any = None

    def region(self) -> str | Unknown:
        if self._region is None:
            written = self.block.body.attributes.get("region")
            self._region = fallback(self.module)  # also the answer to a region that refers to itself
            value = self.module.reading.guarded(written.expr, self.module.scope) if written is not None else None
            if isinstance(value, Unknown) or (isinstance(value, str) and value):
                self._region = value
        region: str | Unknown = self._region
        return region


def fallback(module: Module) -> str | Unknown:
    """The region where no provider block names one: the options', then the environment's."""
    options = module.reading.options
    given = options.region or options.environment.get("AWS_REGION") or options.environment.get("AWS_DEFAULT_REGION")
    return given or Unknown("region-not-given", "region")


def default_region(module: Module, key: str = "aws") -> str | Unknown:
    """The region of the provider configuration `key` ("aws", "aws.us") as `module` sees it."""
    provider = find(module, key)
    return provider.region() if provider is not None else fallback(module)


def find(module: Module, key: str) -> Provider | None:
    """The configuration that `key` means in a module: its own, the one it was handed, or the inherited default."""
    while True:
        own = module.providers.get(key)
        if own is None and key in module.folder.providers:
            own = module.providers[key] = Provider(module.folder.providers[key], module)
        if own is not None:
            return own
        parent = module.parent
        if parent is None:
            return None
        handed = module.handed.get(key)
        if handed is not None:
            key = handed
        elif "." in key:
            return None
        module = parent


def region_of(module: Module, type: str, block: Block, values: dict[str, Any]) -> str | Unknown | None:
    """Where an instance goes; None for providers that have no region of their own."""
    name = type.removeprefix("data.").removeprefix("ephemeral.")
    if not name.startswith(_REGIONAL):
        return None
    own = values.get("region")
    if isinstance(own, (str, Unknown)) and own:
        return own
    written = block.body.attributes.get("provider")
    key = reference(written) if written is not None else None
    if key is None:
        return default_region(module, name.split("_", 1)[0])
    provider = find(module, key)
    if provider is None and "." in key:
        return Unknown("region-not-given", key)
    return provider.region() if provider is not None else fallback(module)


def reference(written: Attribute) -> str | None:
    """ "aws.us" for `provider = aws.us`, also in quotes as before Terraform 0.12."""
    expr = written.expr
    if isinstance(expr, Literal) and isinstance(expr.value, str):
        return expr.value
    names = expr.dotted() if isinstance(expr, Traversal) else None
    return ".".join(names) if names else None


def handed_over(block: Block) -> dict[str, str]:
    """A module block's `providers` map: the name inside -> the name outside."""
    written = block.body.attributes.get("providers")
    if written is None or not isinstance(written.expr, Object):
        return {}
    result = {}
    for key, item, _ in written.expr.items:
        inside: Any = key
        if isinstance(key, Traversal):
            inside = ".".join(key.dotted() or ())
        names = item.dotted() if isinstance(item, Traversal) else None
        outside = ".".join(names) if names else item.value if isinstance(item, Literal) else None
        if isinstance(inside, str) and isinstance(outside, str):
            result[inside] = outside
    return result
