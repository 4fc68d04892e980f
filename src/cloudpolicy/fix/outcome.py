"""What a run of `fix` found, what it would write, and what became of each failing check."""

from __future__ import annotations

import os

from cloudpolicy.findings import SEVERITIES
from cloudpolicy.fix.places import Changed, write
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.fix.operations import Elsewhere, Operation
    from cloudpolicy.fix.solve import Change
    from cloudpolicy.fix.trial import Failure, Key
    from cloudpolicy.model import Diagnostic


class Target:
    """One failing check on one resource of one unit, and what became of it.

    ways    what might mend it, the best first; empty when it is for people
    fixed   an edit that mends it is kept
    changes what that edit is made of; empty when another target's edit mended this one, too
    effect  what applying it does to a resource that is there: see fix.replacing
    files   real paths that its edit changes
    place   (file, line) of the edit where it does not stand in the resource: a variable, a parameter file
    origin  (attribute, the variable's name) where all that is in the way is that the value is a variable's
    reason  why it is not, for people
    """

    __slots__ = ("changes", "effect", "failure", "files", "fixed", "key", "mechanical", "origin", "place", "reason", "unit")

    def __init__(self, unit: int, failure: Failure) -> None:
        self.unit = unit
        self.failure = failure
        self.key: Key = failure.key
        self.mechanical = False
        self.effect = ""
        self.fixed = False
        self.reason: Text | None = None
        self.changes: list[Change] = []
        self.files: set[str] = set()
        self.place: tuple[str, int] | None = None
        self.origin: tuple[Operation, Elsewhere] | None = None


class Outcome:
    """What a run found and would write.

    targets      every failing check, in the order of units and resources
    texts        real path -> (bytes before, bytes after), for the files that change
    held         real path -> why it is not written without --force; only where the edits are shown all the same
    unknown      findings that could not be decided, which are never fixed
    diagnostics  what could not be read or configured
    """

    __slots__ = ("diagnostics", "held", "targets", "texts", "unknown")

    def __init__(self) -> None:
        self.targets: list[Target] = []
        self.texts: dict[str, tuple[bytes, bytes]] = {}
        self.held: dict[str, Text] = {}
        self.unknown = 0
        self.diagnostics: list[Diagnostic] = []

    def write(self) -> list[tuple[str, Text]]:
        """Write the texts; returns (path, why) of those that could not be, and takes them and what they would have fixed out of the outcome.

        Ctrl-C waits for the end: an edit of two files is not left half done.
        """
        from cloudpolicy.handover.folder import uninterrupted

        failed: dict[str, Text] = {}
        with uninterrupted():
            for path, (before, after) in self.texts.items():
                try:
                    write(path, before, after)
                except Changed:
                    failed[path] = Text("it has changed meanwhile; run fix again", "実行中に変更されました。もう一度実行してください")
                except OSError as error:
                    reason = error.strerror or str(error)
                    failed[path] = Text(reason, reason)
        for path, why in failed.items():
            del self.texts[path]
            for target in self.targets:
                if target.fixed and path in target.files:
                    name = os.path.basename(path)
                    target.fixed = False
                    target.reason = Text(f"{name} could not be written: {why.en}", f"{name} に書き込めませんでした: {why.ja}")
        return list(failed.items())

    def exit_status(self, fail_on: str, written: bool) -> int:
        """0 nothing is left that fails, 1 something is (in a dry run also what would be fixed), 2 something could not be read."""
        if any(diagnostic.severity == "error" for diagnostic in self.diagnostics):
            return 2
        least = SEVERITIES.index(fail_on)
        left = [target for target in self.targets if not (target.fixed and written)]
        return int(any(SEVERITIES.index(finding.severity) >= least for target in left for finding in target.failure.findings))
