"""The estate that a plan leaves behind: every listed instance with its values, its place, its region and what it refers to."""

from __future__ import annotations

from cloudpolicy.model import Resource, Span
from cloudpolicy.sources.terraform.plan import report
from cloudpolicy.sources.terraform.plan_dynamic import dynamic_blocks
from cloudpolicy.sources.terraform.plan_entries import entries, mapping
from cloudpolicy.sources.terraform.plan_outside import outside_texts
from cloudpolicy.sources.terraform.plan_positions import Positions
from cloudpolicy.sources.terraform.plan_providers import Providers
from cloudpolicy.sources.terraform.plan_references import Configuration, Place
from cloudpolicy.sources.terraform.plan_values import UNSEEN, Builder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Estate, Path
    from cloudpolicy.sources import Options
    from cloudpolicy.sources.terraform.plan_entries import Entry

_SHAPE_REPORTS = 10


class Reading:
    """One plan being turned into an estate."""

    def __init__(self, path: str, data: bytes, plan: dict[str, Any], options: Options, estate: Estate) -> None:
        self._path = path
        self._plan = plan
        self._estate = estate
        self._odd = 0
        self._entries = entries(plan, self._wrong)
        self._positions = Positions(path, data)
        self._configuration = Configuration(plan, ((entry.module, entry.block, entry.key, entry.address) for entry in self._entries))
        self._providers = Providers(self._configuration, options)
        self._builder = Builder(self._configuration)
        self._dynamic = dynamic_blocks(estate.root, mapping(plan.get("configuration")).get("root_module"), options)

    def run(self) -> None:
        estate, plan = self._estate, self._plan
        if plan.get("errored") is True:
            report(
                estate.diagnostics,
                self._path,
                "error",
                "incomplete-plan",
                "is the plan of a run that failed, so resources are missing; correct the error and plan again",
                "途中で失敗した plan のためリソースが不足しています。エラーを直して plan をやり直してください",
            )
        elif plan.get("complete") is False:
            report(
                estate.diagnostics,
                self._path,
                "warning",
                "incomplete-plan",
                "covers only a part (-target or deferred changes); plan everything to check everything",
                "一部だけの plan です(-target など)。全体を検査するには全体を plan してください",
            )
        estate.region = self._providers.region("aws")
        estate.versions = self._providers.versions()
        estate.outside = outside_texts(plan)
        if isinstance(plan.get("terraform_version"), str):
            estate.notes["terraform_version"] = plan["terraform_version"]
        self._documents()
        for entry in self._entries:
            estate.resources.append(self._resource(entry))
        estate.resources += self._providers.configurations(plan, self._path)

    def _wrong(self, en: str, ja: str) -> None:
        self._odd += 1
        if self._odd <= _SHAPE_REPORTS:
            report(
                self._estate.diagnostics,
                self._path,
                "error",
                "invalid-plan",
                f"{en}; write the plan again with terraform show -json",
                f"{ja}。terraform show -json で作り直してください",
            )

    def _written(self, entry: Entry) -> tuple[Any, Place | None, dict[str, Any]]:
        scope = self._configuration.scope(entry.module)
        block = self._configuration.block(scope, entry.block) if scope is not None else None
        if scope is None or block is None:
            return UNSEEN, None, {}
        return mapping(block.get("expressions")), Place(scope, entry.key, block.get("for_each_expression")), block

    def _values(self, entry: Entry) -> dict[str, Any]:
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

    def _resource(self, entry: Entry) -> Resource:
        values = self._values(entry)
        if entry.address in self._builder.documents:
            values["json"] = self._builder.documents[entry.address]
        written, _, block = self._written(entry)
        region = self._providers.region_of(entry, values, written, block)
        if isinstance(written, dict) and "region" not in written and values.get("region") == region:
            values.pop("region", None)  # the provider's own, shown on every resource from version 6 on
        positions, address = self._positions, entry.address

        def locate(path: Path) -> Span | None:
            return positions.attribute(address, path)

        return Resource(entry.type, address, values, positions.resource(address), locate, region, entry.conditional)
