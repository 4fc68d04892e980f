"""Two packs or reports against each other, for the periodic check: what is new, gone, changed, and whether anything got worse.

Findings are paired by fingerprint; those left over by policy, resource and folder, so that a moved attribute or a verdict that changed
is one change and not two.

Worse is: a failure or undecided finding that is new, a verdict that went up in pass < waived < unknown < fail, a clause that went from
settled to open or from open to undecided or not met, a new difference between what is deployed and the source, and something that cannot be
read any more. Changed sources, parameters or policies
are told and are nothing worse by themselves.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from typing import Any

    from cloudpolicy.handover.snapshot import Finding, Snapshot

    Pair = tuple[Finding | None, Finding | None]

_VERDICTS = {"pass": 0, "not_applicable": 0, "known": 1, "waived": 1, "unknown": 2, "fail": 3}
_CLAUSES = {"fail": 3, "unknown": 2, "provider-evidence-missing": 1, "attestation-needed": 1}  # everything else is settled: 0


class Change:
    """One finding before and after; None on the side where it does not stand."""

    __slots__ = ("new", "old", "worse")

    def __init__(self, old: Finding | None, new: Finding | None) -> None:
        self.old = old
        self.new = new
        before = _VERDICTS.get(old.verdict, 3) if old else 0
        after = _VERDICTS.get(new.verdict, 3) if new else 0
        # an accepted exception is no worsening of what did not stand before
        self.worse = after > before and not (old is None and after == 1)


class Difference:
    """new, gone, changed  Change of findings; passes count only where the verdict changed
    clauses  (clause, before, after, worse)
    sources  (file, "new", "gone" or "changed")
    run      (name, before, after) of what the two were run with: policies, profile, parameters, version
    unread   messages about what cannot be read any more
    apart    (file, message, "new" or "gone") of differences between what is deployed and the source
    """

    __slots__ = ("apart", "changed", "clauses", "gone", "new", "run", "sources", "unread")

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        pairs = _pairs(old.findings, new.findings)
        changes = [Change(*pair) for pair in pairs]
        self.new = [c for c in changes if c.old is None and c.new is not None and c.new.verdict != "pass"]
        self.gone = [c for c in changes if c.new is None and c.old is not None and c.old.verdict != "pass"]
        self.changed = [c for c in changes if c.old and c.new and c.old.verdict != c.new.verdict]
        self.clauses = _clauses(old.clauses, new.clauses)
        self.sources = _sources(old.inputs, new.inputs)
        self.run = _run(old, new)
        self.apart = _apart(old, new)
        self.unread = [message for message in dict.fromkeys(new.errors) if message not in old.errors]

    @property
    def worse(self) -> bool:
        changes = (*self.new, *self.gone, *self.changed)
        apart = any(state == "new" for *_, state in self.apart)
        return any(change.worse for change in changes) or any(worse for *_, worse in self.clauses) or apart or bool(self.unread)

    @property
    def same(self) -> bool:
        return not (self.new or self.gone or self.changed or self.clauses or self.sources or self.run or self.unread or self.apart)


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


_KEYS: tuple[Callable[[Finding], Hashable], ...] = (
    lambda f: (f.fingerprint, f.attribute),
    lambda f: f.fingerprint,
    lambda f: (f.policy, f.type, f.address, _folder(f.file), f.attribute),
    lambda f: (f.policy, f.type, f.address, _folder(f.file)),
)


def _pairs(old: Iterable[Finding], new: Iterable[Finding]) -> list[Pair]:
    """Every finding of both sides once, paired by the first key that fits."""
    before, after = list(old), list(new)
    pairs: list[Pair] = []
    for key in _KEYS:
        waiting: dict[Hashable, list[Finding]] = {}
        for finding in before:
            waiting.setdefault(key(finding), []).append(finding)
        rest = []
        for finding in after:
            found = waiting.get(key(finding))
            if found:
                pairs.append((found.pop(0), finding))
            else:
                rest.append(finding)
        before, after = [finding for findings in waiting.values() for finding in findings], rest
    return [*pairs, *((None, finding) for finding in after), *((finding, None) for finding in before)]


def _clauses(old: dict[str, str] | None, new: dict[str, str] | None) -> list[tuple[str, str, str, bool]]:
    if old is None or new is None:
        return []
    found = []
    for id in dict.fromkeys([*old, *new]):
        before, after = old.get(id, "-"), new.get(id, "-")
        if before != after:
            found.append((id, before, after, after == "-" or _CLAUSES.get(after, 0) > _CLAUSES.get(before, 0)))
    return found


def _apart(old: Snapshot, new: Snapshot) -> list[tuple[str, str, str]]:
    parts = 3 if old.run.get("language") == new.run.get("language") else 2  # a message is the same in one language only
    before, after = ({entry[:parts] for entry in snapshot.apart} for snapshot in (old, new))
    found = [(file, message, "new") for code, file, message in new.apart if (code, file, message)[:parts] not in before]
    return found + [(file, message, "gone") for code, file, message in old.apart if (code, file, message)[:parts] not in after]


def _sources(old: dict[str, str] | None, new: dict[str, str] | None) -> list[tuple[str, str]]:
    if old is None or new is None:
        return []
    words = [(name, "gone" if name not in new else "new" if name not in old else "changed") for name in {**old, **new}]
    return sorted((name, word) for name, word in words if old.get(name) != new.get(name))


def _run(old: Snapshot, new: Snapshot) -> list[tuple[str, str, str]]:
    names = (("pack", "policies"), ("guidelines", "guidelines"), ("profile", "profile"), ("policies", "number of policies"))
    found = [("version", old.version, new.version)]
    found += [(word, str(old.run[name]), str(new.run[name])) for name, word in names if name in old.run and name in new.run]
    before, after = _parameters(old.run), _parameters(new.run)
    found += [(name, before.get(name, "-"), after.get(name, "-")) for name in dict.fromkeys([*before, *after])]
    return [entry for entry in found if entry[1] != entry[2]]


def _parameters(run: dict[str, Any]) -> dict[str, str]:
    tables = run.get("parameters")
    if not isinstance(tables, dict):
        return {}
    return {f"{id}.{name}": str(value) for id, values in tables.items() if isinstance(values, dict) for name, value in values.items()}
