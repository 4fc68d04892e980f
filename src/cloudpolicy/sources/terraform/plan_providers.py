"""What a plan says of its providers: which region each works in, which versions are asked for, and how they are configured."""

from __future__ import annotations

import re

from cloudpolicy.model import Resource, Span, Unknown
from cloudpolicy.sources.terraform.plan_entries import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform.plan_entries import Entry
    from cloudpolicy.sources.terraform.plan_references import Configuration

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+)+-\d+")
_BOUND = re.compile(r"\s*(>=|~>|=|>|)\s*v?(\d+(?:\.\d+)*)[0-9A-Za-z.+-]*\s*")


class Providers:
    """The providers of one plan."""

    def __init__(self, configuration: Configuration, options: Options) -> None:
        self._configuration = configuration
        self._options = options
        self._regions: dict[str, str | Unknown] = {}

    def region_of(self, entry: Entry, values: dict[str, Any], written: Any, block: dict[str, Any]) -> str | Unknown | None:
        """Where an instance stands: its own region where one is written on it, else its provider's; None where there are no regions."""
        name = entry.type.removeprefix("data.")
        if not name.startswith(("aws_", "awscc_")):
            return None
        own = values.get("region")
        key = block.get("provider_config_key")
        region = self.region(key if isinstance(key, str) else name.split("_", 1)[0])
        if isinstance(written, dict) and "region" in written and own:
            return own if isinstance(own, (str, Unknown)) else region
        if isinstance(own, str) and _REGION.fullmatch(own) and own != region:
            return own
        return region

    def region(self, key: str) -> str | Unknown:
        """The region of the provider configuration `key` ("aws", "module.m:aws.other")."""
        if key not in self._regions:
            self._regions[key] = self._provider_region(key)
        return self._regions[key]

    def _provider_region(self, key: str) -> str | Unknown:
        providers = self._configuration.providers
        provider = providers.get(key)
        if provider is None and ":" in key:  # before Terraform 1.1 an inherited provider had the module's name in front
            bare = key.rpartition(":")[2]
            if "." in bare or any(name.startswith(bare + ".") for name in providers):
                return Unknown("region-not-given", key)
            provider = providers.get(bare)
        provider = mapping(provider)
        scope = self._configuration.scope(str(provider.get("module_address") or ""))
        expression = mapping(provider.get("expressions")).get("region")
        value = self._configuration.constant(expression, scope) if expression is not None and scope is not None else None
        if isinstance(value, str) and _REGION.fullmatch(value):
            return value
        options = self._options
        given = options.region or options.environment.get("AWS_REGION") or options.environment.get("AWS_DEFAULT_REGION")
        return given or Unknown("region-not-given", "region")

    def versions(self) -> dict[str, tuple[int, ...]]:
        """provider -> the least version that the constraints allow."""
        versions: dict[str, tuple[int, ...]] = {}
        for provider in self._configuration.providers.values():
            name, constraint = mapping(provider).get("name"), mapping(provider).get("version_constraint")
            if isinstance(name, str) and isinstance(constraint, str):
                for part in constraint.split(","):
                    match = _BOUND.fullmatch(part)
                    if match:
                        bound = tuple(int(number) for number in match[2].split(".") if len(number) < 10)
                        versions[name] = max(versions.get(name, ()), bound)
        return versions

    def configurations(self, plan: dict[str, Any], path: str) -> list[Resource]:
        """The root module's provider configurations as the HCL reader gives them; only what is written literally stands in a plan."""
        found: list[Resource] = []
        configuration = plan.get("configuration")
        written = configuration.get("provider_config") if isinstance(configuration, dict) else None
        for key, provider in written.items() if isinstance(written, dict) else ():
            expressions = provider.get("expressions") if isinstance(provider, dict) and "module_address" not in provider else None
            if isinstance(expressions, dict):
                values: dict[str, Any] = {"alias": provider["alias"]} if provider.get("alias") else {}
                for name, item in expressions.items():
                    if isinstance(item, dict) and ("constant_value" in item or "references" in item):
                        values[name] = item["constant_value"] if "constant_value" in item else Unknown("known-after-apply", name)
                found.append(Resource(f"provider.{key.split('.')[0]}", f"provider.{key}", values, Span(path)))
        return found
