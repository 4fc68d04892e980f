"""Coverage: how each clause is verified, and which policies back it for which cloud and format."""

from __future__ import annotations

from cloudpolicy.guidelines.catalogue import SETTING_TYPES, VERIFICATIONS
from cloudpolicy.policy.pack import format_of
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.guidelines.catalogue import Catalogue, Clause
    from cloudpolicy.policy.pack import Pack

    Cell = tuple[str, str]  # (cloud, format)

# Every pair that a policy can speak of: CloudFormation is AWS's, ARM and Bicep are Azure's.
CELLS: tuple[Cell, ...] = (("aws", "terraform"), ("aws", "cloudformation"), ("azure", "terraform"), ("azure", "arm"))
_CLOUDS = (
    ("aws", ("aws_", "data.aws_", "AWS::", "terraform.backend_s3")),
    ("azure", ("azurerm_", "azuread_", "azapi_", "Microsoft.", "terraform.backend_azurerm")),
)


class Coverage:
    """Which policies back each clause in each cell.

    cells  clause id -> cell -> ids of policies with a check for that cloud and format
    """

    __slots__ = ("catalogue", "cells")

    def __init__(self, catalogue: Catalogue, pack: Pack) -> None:
        self.catalogue = catalogue
        reach = {id: _cells(pack.types_of(id)) for id in pack.policies}
        self.cells: dict[str, dict[Cell, list[str]]] = {
            clause.id: {cell: [id for id in clause.policies if cell in reach[id]] for cell in CELLS} for clause in catalogue
        }

    def counts(self, clauses: Iterable[Clause]) -> dict[str, int]:
        """Of the clauses: "all", one number per verification, and "cloud/format" -> those automated there."""
        counts = {"all": 0, **dict.fromkeys(VERIFICATIONS, 0), **{_name(cell): 0 for cell in CELLS}}
        for clause in clauses:
            counts["all"] += 1
            counts[clause.verification] += 1
            for cell in CELLS:
                counts[_name(cell)] += bool(self.cells[clause.id][cell])
        return counts

    def groups(self) -> list[tuple[str, Text, dict[str, int]]]:
        """(key, name, counts) of each document, of each setting type, and of all."""
        catalogue = self.catalogue
        rows: list[tuple[str, Text, dict[str, int]]] = [
            (id, document.title, self.counts(clause for clause in catalogue if clause.document == id))
            for id, document in catalogue.documents.items()
        ]
        rows += [
            (f"No.{number or '-'}", SETTING_TYPES[number], self.counts(group)) for number, group in catalogue.by_setting_type().items()
        ]
        rows.append(("all", Text("all clauses", "全条項"), self.counts(catalogue)))
        return rows

    def as_json(self) -> dict[str, Any]:
        """The published shape: sums, then every clause with its policies by cloud and format."""
        return {
            "summary": {key: counts for key, _, counts in self.groups()},
            "clauses": [
                {
                    "id": clause.id,
                    "verification": clause.verification,
                    "responsibility": clause.responsibility,
                    "setting_type": clause.setting_type,
                    "policies": list(clause.policies),
                    "by": {cloud: {form: self.cells[clause.id][cloud, form] for c, form in CELLS if c == cloud} for cloud, _ in _CLOUDS},
                }
                for clause in self.catalogue
            ],
        }

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Heading keys and rows of the sums; the first cell of a row is the group's key."""
        heads = ["all", *VERIFICATIONS, *(_name(cell) for cell in CELLS)]
        return heads, [[key, *(str(counts[head]) for head in heads)] for key, _, counts in self.groups()]


def _name(cell: Cell) -> str:
    return "/".join(cell)


def _cells(types: Iterable[str]) -> set[Cell]:
    """The clouds and formats of resource types; "*" stands for both clouds."""
    found: set[Cell] = set()
    for type in types:
        clouds = [cloud for cloud, beginnings in _CLOUDS if type.startswith(beginnings)]
        form = format_of(type)
        found.update((cloud, form) for cloud in clouds or [cloud for cloud, _ in _CLOUDS])
    return found & set(CELLS)
