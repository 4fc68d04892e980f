"""Everything that a pack says, worked out once; the workbook, the page and the JSON files only show it."""

from __future__ import annotations

from cloudpolicy import __version__
from cloudpolicy.guidelines.catalogue import SETTING_TYPES
from cloudpolicy.guidelines.status import STATUSES
from cloudpolicy.waivers import STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence
    from typing import Any

    from cloudpolicy.findings import Report
    from cloudpolicy.guidelines.attestations import Attestation
    from cloudpolicy.guidelines.catalogue import Catalogue, Clause
    from cloudpolicy.guidelines.status import ClauseStatus
    from cloudpolicy.handover.commit import Commit
    from cloudpolicy.policy.pack import Pack
    from cloudpolicy.texts import Language


class Parameter:
    """One parameter of a policy: its documented default and the value in force."""

    __slots__ = ("changed", "default", "name", "policy", "value")

    def __init__(self, policy: str, name: str, default: Any, value: Any) -> None:
        self.policy = policy
        self.name = name
        self.default = default
        self.value = value
        self.changed = value != default


class Dossier:
    """One system on one day.

    system        its name, as given
    day           on which statements and waivers are held to count
    created       the time written into the files: SOURCE_DATE_EPOCH, the commit's, or the day's beginning
    language      of the pack
    report        of a scan that kept what passes
    clauses       ClauseStatus of every clause once, by setting type, then in the documents' order
    catalogue     the clauses and their documents
    attestations  every statement that could be read, in force or not
    commit        the commit that the files belong to
    inputs        manifest entries of every file that was read: {"path", "bytes", "sha256", "role"}
    parameters    of the policies that ran; those that were changed first
    tool          our version
    """

    __slots__ = (
        "attestations",
        "catalogue",
        "clauses",
        "commit",
        "created",
        "day",
        "inputs",
        "language",
        "parameters",
        "report",
        "setting_types",
        "status_words",
        "system",
        "tool",
        "waiver_states",
    )

    def __init__(
        self,
        *,
        system: str,
        day: datetime.date,
        created: datetime.datetime,
        language: Language,
        report: Report,
        clauses: Iterable[ClauseStatus],
        catalogue: Catalogue,
        attestations: Sequence[Attestation],
        commit: Commit,
        inputs: list[dict[str, Any]],
        pack: Pack,
    ) -> None:
        self.system = system
        self.day = day
        self.created = created
        self.language: Language = language
        self.report = report
        place = {number: index for index, number in enumerate(SETTING_TYPES)}
        self.clauses = sorted(clauses, key=lambda status: place[status.clause.setting_type])
        self.catalogue = catalogue
        self.attestations = attestations
        self.commit = commit
        self.inputs = inputs
        self.parameters = _parameters(report, pack)
        self.tool = __version__
        self.setting_types = SETTING_TYPES
        self.status_words = STATUSES
        self.waiver_states = STATES

    def count(self, **where: object) -> dict[str, int]:
        """status -> number of clauses, every status named; `where` narrows by attributes of the clause (document="osaka-2024")."""
        counts = dict.fromkeys(self.status_words, 0)
        for status in self.clauses:
            if all(getattr(status.clause, name) == value for name, value in where.items()):
                counts[status.status] += 1
        return counts

    def references(self, clause: Clause) -> list[str]:
        """Clauses of the other documents: those it names itself, then those that the same policies back."""
        return list(dict.fromkeys([*clause.refs, *self.catalogue.related(clause)]))


def _parameters(report: Report, pack: Pack) -> list[Parameter]:
    found = [
        Parameter(id, name, pack.policies[id]["parameters"][name], value)
        for id, values in report.run.get("parameters", {}).items()
        for name, value in values.items()
    ]
    return sorted(found, key=lambda parameter: not parameter.changed)
