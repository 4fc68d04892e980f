"""Declared resources and data sources: their instances, and each instance's values, evaluated attribute by attribute when asked."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform import blocks
from cloudpolicy.sources.terraform.expansion import Expansion, expand
from cloudpolicy.sources.terraform.values import Handle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Path, Span
    from cloudpolicy.sources.terraform.expressions import Expr
    from cloudpolicy.sources.terraform.module import Module
    from cloudpolicy.sources.terraform.scope import Scope
    from cloudpolicy.sources.terraform.syntax import Block

META = frozenset(("count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts", "dynamic"))
_PENDING = object()
_ABSENT = object()


# Companions of a bucket whose id is the bucket's name.
_NAMED_AFTER_BUCKET = frozenset({"aws_s3_bucket_policy", "aws_s3_bucket_public_access_block", "aws_s3_bucket_ownership_controls"})


class Declaration:
    """One resource or data block in one module instance."""

    __slots__ = ("_expansion", "_pending", "address", "block", "module", "name", "type")

    def __init__(self, module: Module, type: str, name: str, block: Block, mark: str = "") -> None:
        """`mark` tells declarations with one and the same address apart."""
        self.module = module
        self.type = type
        self.name = name
        self.block = block
        self.address = f"{module.prefix}{type}.{name}{mark}"
        self._expansion: Expansion | None = None
        self._pending = False

    def expansion(self) -> Expansion | None:
        """Its instances; None while they are being worked out (count refers to the resource itself)."""
        if self._expansion is None:
            if self._pending:
                return None
            self._pending = True
            self._expansion = expand(self.block, self.module, self.address, self.instance)
            self._pending = False
        return self._expansion

    def instance(self, address: str, scope: Scope) -> Instance:
        return Instance(self, address, scope)

    def value(self, expression: Expr) -> Any:
        """The resource as expressions see it: an instance, a list of them or a dict of them."""
        expansion = self.expansion()
        if expansion is None:
            return self.module.reading.cycle(expression)
        return expansion.value(self.address)


class Instance(Handle):
    """One instance; as a whole it is known only after apply, its written attributes may be known now."""

    __slots__ = ("_cache", "address", "declaration", "scope")

    def __init__(self, declaration: Declaration, address: str, scope: Scope) -> None:
        reason = "data-source" if declaration.type.startswith("data.") else "known-after-apply"
        Unknown.__init__(self, reason, address, (address,))
        self.declaration = declaration
        self.address = address
        self.scope = scope
        self._cache: dict[str, Any] = {}

    def attribute(self, name: str, expression: Expr) -> Any:
        """What a reference to the attribute gives: its value, or an Unknown that names this instance."""
        module = self.declaration.module
        if module.reading.trace is not None:
            module.reading.trace.add(self.address)
        value = self.own(name)
        if value is _PENDING:
            return module.reading.cycle(expression)
        if value is _ABSENT or value is None:
            if self.reason == "data-source":
                from cloudpolicy.sources.terraform.data_sources import known

                value = known(self, name)
                if value is not None:
                    self._cache[name] = value
                    return value
            elif name == "id" and self.declaration.type in _NAMED_AFTER_BUCKET:
                return self.attribute("bucket", expression)  # once it exists it is handed on in place of the bucket, to wait for it
            return Unknown(self.reason, expression.text(), self.references)
        if isinstance(value, Unknown) and not isinstance(value, Handle) and self.address not in value.references:
            return Unknown(value.reason, value.expression, (*value.references, self.address), value.partial, value.choices)
        return value

    def own(self, name: str) -> Any:
        """The written attribute's or nested blocks' value; _ABSENT when not written, _PENDING while it is being evaluated."""
        cache = self._cache
        value = cache.get(name, cache)
        if value is not cache:
            return value
        cache[name] = _PENDING
        body = self.declaration.block.body
        written = body.attributes.get(name)
        if name in META:
            value = _ABSENT
        elif written is not None:
            value = self.declaration.module.reading.guarded(written.expr, self.scope)
        else:
            value = self.declaration.module.reading.shielded(lambda: blocks.of_type(body, name, self.scope), self.declaration.block, name)
            if value is None:
                value = _ABSENT
        cache[name] = value
        return value

    def values(self) -> dict[str, Any]:
        """Everything that is written, by name; nulls are left out."""
        body = self.declaration.block.body
        result: dict[str, Any] = {}
        for name in body.attributes:
            if name not in META:
                value = self.own(name)
                if value is not None and value is not _ABSENT:
                    result[name] = value
        for block in body.blocks:
            name = block.labels[0] if block.type == "dynamic" and block.labels else block.type
            if name not in result and name not in META:
                value = self.own(name)
                if value is not _ABSENT:
                    result[name] = value
        lifecycle = [blocks.lifecycle(block, self.scope) for block in body.blocks if block.type == "lifecycle"]
        if lifecycle:
            result["lifecycle"] = lifecycle
        return result

    def locator(self, values: dict[str, Any]) -> Any:
        syntax = self.declaration.block

        def locate(path: Path) -> Span | None:
            return blocks.locate(values, syntax, path)

        return locate
