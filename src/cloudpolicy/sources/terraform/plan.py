"""Reads `terraform show -json` of a plan: the most exact source, because Terraform itself has evaluated everything."""

from __future__ import annotations

import os
import re

from cloudpolicy.model import Diagnostic, Estate, Resource, Span, Unknown
from cloudpolicy.sources.files import PLAN_LIMIT, Unreadable, read_bytes
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.model import Path, Severity
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform.plan_positions import Positions
    from cloudpolicy.sources.terraform.plan_references import Configuration, Place
    from cloudpolicy.sources.terraform.plan_values import Builder

# plain strings: discovery imports this module to sniff, and compiling costs more than sniffing
_REGION = r"[a-z]{2,5}(?:-[a-z]+)+-\d+"
_BOUND = r"\s*(>=|~>|=|>|)\s*v?(\d+(?:\.\d+)*)[0-9A-Za-z.+-]*\s*"
_GONE = (["delete"], ["forget"])
_SHAPE_REPORTS = 10


def looks_like_plan(head: bytes) -> bool:
    """Cheap: True when the first bytes of a file may be those of a plan in JSON."""
    return b'"format_version"' in head and any(
        name in head for name in (b'"terraform_version"', b'"planned_values"', b'"resource_changes"')
    )


def read(path: str, options: Options) -> Estate:
    """The estate that the plan at `path` will leave behind; what cannot be read is a diagnostic of it."""
    path = os.path.abspath(path)
    diagnostics: list[Diagnostic] = []
    estate = Estate(os.path.dirname(path), "terraform", "plan", [], diagnostics, [path])
    try:
        data = read_bytes(path, options.base, PLAN_LIMIT)
    except Unreadable as error:
        diagnostics.append(error.diagnostic)
        return estate
    plan = _parse(path, data, diagnostics)
    if plan is not None and _is_plan(path, plan, diagnostics):
        try:
            _Reading(path, data, plan, options, estate).run()
        except RecursionError:
            _report(
                diagnostics,
                path,
                "error",
                "too-deep",
                "is nested too deeply to be read; the rest of it was not checked",
                "入れ子が深すぎるため読み取れません。以降は検査していません",
            )
    return estate


def _report(into: list[Diagnostic], path: str, severity: Severity, code: str, en: str, ja: str, line: int = 1) -> None:
    into.append(Diagnostic(severity, code, Text(en, ja), Span(path, line)))


def _parse(path: str, data: bytes, diagnostics: list[Diagnostic]) -> dict[str, Any] | None:
    import json

    try:
        plan = json.loads(data)
    except RecursionError:
        _report(diagnostics, path, "error", "too-deep", "is nested too deeply to be read", "入れ子が深すぎて読み取れません")
        return None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        _report(
            diagnostics,
            path,
            "error",
            "invalid-plan",
            f"is not JSON (line {line}); write it again with terraform show -json",
            f"JSON として読み取れません({line} 行目)。terraform show -json で作り直してください",
            line,
        )
        return None
    if isinstance(plan, dict):
        return plan
    _report(
        diagnostics,
        path,
        "error",
        "invalid-plan",
        "is not a Terraform plan; write it with terraform show -json",
        "Terraform の plan ではありません。terraform show -json で作成してください",
    )
    return None


def _is_plan(path: str, plan: dict[str, Any], diagnostics: list[Diagnostic]) -> bool:
    if not any(name in plan for name in ("planned_values", "resource_changes", "configuration")):
        if "values" in plan or "lineage" in plan or plan.keys() == {"format_version"}:  # an empty state has nothing else
            _report(
                diagnostics,
                path,
                "note",
                "terraform-state",
                "is a Terraform state, not a plan; it was not checked. Give the output of terraform show -json PLANFILE",
                "Terraform の state であり plan ではないため検査しません。terraform show -json PLANFILE の出力を指定してください",
            )
        else:
            _report(
                diagnostics,
                path,
                "error",
                "invalid-plan",
                "is not a Terraform plan; write it with terraform show -json PLANFILE",
                "Terraform の plan ではありません。terraform show -json PLANFILE で作成してください",
            )
        return False
    version = plan.get("format_version")
    if not isinstance(version, str) or not re.fullmatch(r"[01](\.\d+)*", version, re.ASCII):
        shown = str(version)[:20]
        _report(
            diagnostics,
            path,
            "error",
            "unsupported-plan",
            f"has plan format {shown}; 0.x and 1.x are read. Use a Terraform that writes one of these, or update cloudpolicy",
            f"plan の形式 {shown} には対応していません(0.x と 1.x のみ)。対応する Terraform で作り直すか cloudpolicy を更新してください",
        )
        return False
    return True


class _Reading:
    """One plan being turned into an estate."""

    def __init__(self, path: str, data: bytes, plan: dict[str, Any], options: Options, estate: Estate) -> None:
        from cloudpolicy.sources.terraform.plan_dynamic import dynamic_blocks
        from cloudpolicy.sources.terraform.plan_positions import Positions
        from cloudpolicy.sources.terraform.plan_references import Configuration
        from cloudpolicy.sources.terraform.plan_values import Builder

        self._path = path
        self._plan = plan
        self._options = options
        self._estate = estate
        self._odd = 0
        self._listed_changes = self._listed("resource_changes")
        self._entries = [*self._changes()]
        self._entries += self._known_from_state({entry.address for entry in self._entries})
        self._positions: Positions = Positions(path, data)
        self._configuration: Configuration = Configuration(
            plan, ((entry.module, entry.block, entry.key, entry.address) for entry in self._entries)
        )
        self._builder: Builder = Builder(self._configuration)
        self._dynamic = dynamic_blocks(estate.root, _dict(plan.get("configuration")).get("root_module"), options)
        self._regions: dict[str, str | Unknown] = {}

    def _providers(self) -> list[Resource]:
        """The root module's provider configurations as the HCL reader gives them; only what is written literally stands in a plan."""
        found: list[Resource] = []
        configuration = self._plan.get("configuration")
        written = configuration.get("provider_config") if isinstance(configuration, dict) else None
        for key, provider in written.items() if isinstance(written, dict) else ():
            expressions = provider.get("expressions") if isinstance(provider, dict) and "module_address" not in provider else None
            if isinstance(expressions, dict):
                values: dict[str, Any] = {"alias": provider["alias"]} if provider.get("alias") else {}
                for name, item in expressions.items():
                    if isinstance(item, dict) and ("constant_value" in item or "references" in item):
                        values[name] = item["constant_value"] if "constant_value" in item else Unknown("known-after-apply", name)
                found.append(Resource(f"provider.{key.split('.')[0]}", f"provider.{key}", values, Span(self._path)))
        return found

    def run(self) -> None:
        estate, plan = self._estate, self._plan
        if plan.get("errored") is True:
            _report(
                estate.diagnostics,
                self._path,
                "error",
                "incomplete-plan",
                "is the plan of a run that failed, so resources are missing; correct the error and plan again",
                "途中で失敗した plan のためリソースが不足しています。エラーを直して plan をやり直してください",
            )
        elif plan.get("complete") is False:
            _report(
                estate.diagnostics,
                self._path,
                "warning",
                "incomplete-plan",
                "covers only a part (-target or deferred changes); plan everything to check everything",
                "一部だけの plan です(-target など)。全体を検査するには全体を plan してください",
            )
        from cloudpolicy.sources.terraform.plan_outside import outside_texts

        estate.region = self._region("aws")
        estate.versions = self._versions()
        estate.outside = outside_texts(plan)
        if isinstance(plan.get("terraform_version"), str):
            estate.notes["terraform_version"] = plan["terraform_version"]
        self._documents()
        for entry in self._entries:
            estate.resources.append(self._resource(entry))

        # -- what the plan lists -------------------------------------------------------------------------------------------------------
        estate.resources += self._providers()

    def _changes(self) -> Iterator[_Entry]:
        for conditional, listed in ((False, self._listed_changes), (True, self._deferred())):
            for change in listed:
                entry = self._entry(change, conditional)
                if entry is not None:
                    yield entry

    def _listed(self, name: str) -> list[Any]:
        value = self._plan.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(f'"{name}" is not a list', f"「{name}」が配列ではありません")
            return []
        return value

    def _deferred(self) -> list[Any]:
        return [one.get("resource_change") for one in self._listed("deferred_changes") if isinstance(one, dict)]

    def _entry(self, change: Any, conditional: bool) -> _Entry | None:
        from cloudpolicy.sources.terraform.plan_references import split_address

        body = change.get("change") if isinstance(change, dict) else None
        if (
            not isinstance(change, dict)
            or not isinstance(body, dict)
            or not all(isinstance(change.get(name), str) for name in ("address", "type", "name"))
            or not split_address(change["address"])
        ):
            where = str(change.get("address"))[:80] if isinstance(change, dict) else "?"
            self._wrong(
                f"a resource change has not the form of one ({where}); it was not checked",
                f"リソースの変更({where})の形式が正しくないため検査していません",
            )
            return None
        after = body.get("after")
        if body.get("actions") in _GONE or change.get("deposed"):
            return None
        if not isinstance(after, dict):
            if after is None and body.get("actions") == ["no-op"]:
                return None
            self._wrong(
                f"{change['address'][:80]} has no planned values; it was not checked",
                f"{change['address'][:80]} に計画値が無いため検査していません",
            )
            return None
        return _Entry(change, after, body.get("after_unknown"), body.get("after_sensitive"), conditional)

    def _known_from_state(self, present: set[str]) -> Iterator[_Entry]:
        """Data sources that were read while planning, and what a partial plan left as it is: they stand in the values trees only."""
        gone = {str(one.get("address")) for one in self._listed_changes if isinstance(one, dict)}
        prior = _dict(self._plan.get("prior_state")).get("values")
        for tree, only_data in ((self._plan.get("planned_values"), False), (prior, True)):
            stack = [_dict(_dict(tree).get("root_module"))]
            while stack:
                module = stack.pop()
                children = module.get("child_modules")
                stack += [one for one in children if isinstance(one, dict)] if isinstance(children, list) else []
                listed = module.get("resources")
                for one in listed if isinstance(listed, list) else []:
                    if not isinstance(one, dict) or (only_data and one.get("mode") != "data"):
                        continue
                    address = one.get("address")
                    if not isinstance(address, str) or address in present or address in gone or not isinstance(one.get("values"), dict):
                        continue
                    if all(isinstance(one.get(name), str) for name in ("type", "name")):
                        present.add(address)
                        yield _Entry(
                            {**one, "module_address": module.get("address")}, one["values"], {}, one.get("sensitive_values"), False
                        )

    def _wrong(self, en: str, ja: str) -> None:
        self._odd += 1
        if self._odd <= _SHAPE_REPORTS:
            _report(
                self._estate.diagnostics,
                self._path,
                "error",
                "invalid-plan",
                f"{en}; write the plan again with terraform show -json",
                f"{ja}。terraform show -json で作り直してください",
            )

    # -- resources -----------------------------------------------------------------------------------------------------------------

    def _written(self, entry: _Entry) -> tuple[Any, Place | None, dict[str, Any]]:
        from cloudpolicy.sources.terraform.plan_references import Place
        from cloudpolicy.sources.terraform.plan_values import UNSEEN

        scope = self._configuration.scope(entry.module)
        block = self._configuration.block(scope, entry.block) if scope is not None else None
        if scope is None or block is None:
            return UNSEEN, None, {}
        return _dict(block.get("expressions")), Place(scope, entry.key, block.get("for_each_expression")), block

    def _values(self, entry: _Entry) -> dict[str, Any]:
        written, place, _ = self._written(entry)
        return self._builder.values(
            entry.after, entry.unknown, entry.sensitive, written, place, self._dynamic.get(entry.block, frozenset())
        )

    def _documents(self) -> None:
        """Policy documents first; those that take in others a few times more, until nothing new can come."""
        from cloudpolicy.sources.terraform.documents import iam_policy_document

        late = [
            entry
            for entry in self._entries
            if entry.type == "data.aws_iam_policy_document" and not isinstance(entry.after.get("json"), str)
        ]
        for _ in range(4):
            before = dict(self._builder.documents)
            for entry in late:
                self._builder.documents[entry.address] = iam_policy_document(self._values(entry))
            if before == self._builder.documents:
                break

    def _resource(self, entry: _Entry) -> Resource:
        values = self._values(entry)
        if entry.address in self._builder.documents:
            values["json"] = self._builder.documents[entry.address]
        written, _, block = self._written(entry)
        region = self._region_of(entry, values, written, block)
        if isinstance(written, dict) and "region" not in written and values.get("region") == region:
            values.pop("region", None)  # the provider's own, shown on every resource from version 6 on
        positions, address = self._positions, entry.address

        def locate(path: Path) -> Span | None:
            return positions.attribute(address, path)

        return Resource(entry.type, address, values, positions.resource(address), locate, region, entry.conditional)

    # -- providers -----------------------------------------------------------------------------------------------------------------

    def _region_of(self, entry: _Entry, values: dict[str, Any], written: Any, block: dict[str, Any]) -> str | Unknown | None:
        name = entry.type.removeprefix("data.")
        if not name.startswith(("aws_", "awscc_")):
            return None
        own = values.get("region")
        key = block.get("provider_config_key")
        region = self._region(key if isinstance(key, str) else name.split("_", 1)[0])
        if isinstance(written, dict) and "region" in written and own:
            return own if isinstance(own, (str, Unknown)) else region
        if isinstance(own, str) and re.fullmatch(_REGION, own) and own != region:
            return own
        return region

    def _region(self, key: str) -> str | Unknown:
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
        provider = _dict(provider)
        scope = self._configuration.scope(str(provider.get("module_address") or ""))
        expression = _dict(provider.get("expressions")).get("region")
        value = self._configuration.constant(expression, scope) if expression is not None and scope is not None else None
        if isinstance(value, str) and re.fullmatch(_REGION, value):
            return value
        options = self._options
        given = options.region or options.environment.get("AWS_REGION") or options.environment.get("AWS_DEFAULT_REGION")
        return given or Unknown("region-not-given", "region")

    def _versions(self) -> dict[str, tuple[int, ...]]:
        versions: dict[str, tuple[int, ...]] = {}
        for provider in self._configuration.providers.values():
            name, constraint = _dict(provider).get("name"), _dict(provider).get("version_constraint")
            if isinstance(name, str) and isinstance(constraint, str):
                for part in constraint.split(","):
                    match = re.fullmatch(_BOUND, part)
                    if match:
                        bound = tuple(int(number) for number in match[2].split(".") if len(number) < 10)
                        versions[name] = max(versions.get(name, ()), bound)
        return versions


class _Entry:
    """One planned or known resource instance."""

    __slots__ = ("address", "after", "block", "conditional", "key", "module", "sensitive", "type", "unknown")

    def __init__(self, source: dict[str, Any], after: dict[str, Any], unknown: Any, sensitive: Any, conditional: bool) -> None:
        data = "data." if source.get("mode") == "data" else ""
        module, key = source.get("module_address"), source.get("index")
        self.address: str = source["address"]
        self.type: str = data + source["type"]
        self.block: str = f"{self.type}.{source['name']}"
        self.module = module if isinstance(module, str) else ""
        self.key: str | int | None = key if isinstance(key, (str, int)) and not isinstance(key, bool) else None
        self.after = after
        self.unknown = unknown
        self.sensitive = sensitive
        self.conditional = conditional


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
