"""Which policies run, with which parameters: the pack under one configuration, every name in it checked."""

from __future__ import annotations

from cloudpolicy.config import Config, ConfigError
from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.policy import pack as packs
from cloudpolicy.policy import selection
from cloudpolicy.policy.plan import Plan
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import PolicyText


class Choice:
    """The pack, the profiles in force, the selected ids and the profiles' parameters; raises ConfigError for what cannot be followed."""

    __slots__ = ("config", "pack", "parameters", "profiles", "selected")

    def __init__(self, config: Config, policies: str | None, documents: list[Any] | None = None) -> None:
        """`documents`: what `packs.state_of(policies)` has said just now, where it was asked."""
        self.config = config
        self.pack = packs.load_with(policies, documents)
        values = config.values
        selection.define(self.pack, values["profiles"])
        self.profiles = selection.profile_chain(self.pack, values["profile"])
        self.selected = selection.select(self.pack, values["profile"], values["select"], values["ignore"])
        self.parameters: dict[str, dict[str, Any]] = {}
        for name in reversed(self.profiles):
            for id, given in self.pack.profiles[name]["parameters"].items():
                self.parameters.setdefault(id, {}).update(given)
        self.check_parameters(values["parameters"])
        for table in config.paths:
            self.check_parameters(table.get("parameters", {}))

    def check_parameters(self, given: dict[str, Any]) -> None:
        """Every parameter that the configuration names exists and has the default's type; raises ConfigError."""
        for id, values in given.items():
            policy = self.pack.policies.get(id)
            if policy is None:
                raise self._wrong(f"[parameters.{id}]: no such policy", f"[parameters.{id}]: そのポリシーはありません")
            for name, value in values.items() if isinstance(values, dict) else [(id, values)]:
                if name not in policy["parameters"]:
                    names = ", ".join(policy["parameters"]) or "-"
                    raise self._wrong(
                        f"{id} has no parameter {name!r} (it has: {names})", f"{id} にパラメータ {name!r} はありません({names})"
                    )
                default = policy["parameters"][name]
                if not _alike(value, default):
                    raise self._wrong(
                        f"{id}.{name} wants a value like {default!r}, not {value!r}",
                        f"{id}.{name} の値 {value!r} は使えません(例: {default!r})",
                    )

    def _wrong(self, en: str, ja: str) -> ConfigError:
        file = self.config.file
        text = Text(f"configuration: {en}", f"設定ファイル: {ja}")
        return ConfigError(Diagnostic("error", "invalid-config", text, Span(file) if file else None))

    def with_parameters(self, configured: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Policy -> the parameters that differ from its own defaults, as the configuration of one path has them."""
        return {id: {**self.parameters.get(id, {}), **configured.get(id, {})} for id in self.selected}

    def plan(self) -> Plan:
        """What a report says of this choice."""
        configured = self.config.values["parameters"]
        in_force: dict[str, dict[str, Any]] = {}
        changed: list[str] = []
        for id in self.selected:
            defaults = self.pack.policies[id]["parameters"]
            if defaults:
                in_force[id] = {**defaults, **self.parameters.get(id, {}), **configured.get(id, {})}
                changed += [f"{id}.{name}" for name, value in in_force[id].items() if value != defaults[name]]
        return Plan(self.selected, self.pack.digest, in_force, changed, self.texts, self.pack.diagnostics)

    def texts(self) -> dict[str, PolicyText]:
        return {id: self.pack.text(id) for id in self.selected}


def _alike(value: Any, default: Any) -> bool:
    """Whether a parameter's value has the default's type, the items of a list too (any text where the default is an empty list)."""
    if isinstance(default, list):
        kind = type(default[0]) if default else str
        return isinstance(value, list) and all(isinstance(item, kind) and not (kind is int and isinstance(item, bool)) for item in value)
    return isinstance(value, bool) == isinstance(default, bool) and isinstance(value, type(default))
