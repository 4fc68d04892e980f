"""One run of `fix`: what fails, what would mend it, what of that is good, and what is said of the rest."""

from __future__ import annotations

import os

from cloudpolicy.evaluate.paths import split_path, written
from cloudpolicy.evaluate.predicates import Context
from cloudpolicy.fix.operations import Companion, Elsewhere, NotEditable, Operation
from cloudpolicy.fix.outcome import Outcome, Target
from cloudpolicy.fix.places import Places
from cloudpolicy.fix.solve import Solver
from cloudpolicy.fix.trial import Bench
from cloudpolicy.scan import Scanner
from cloudpolicy.sources.discovery import discover
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudpolicy.fix.origins import Wanted
    from cloudpolicy.fix.solve import Change, Ways
    from cloudpolicy.fix.trial import Key, State
    from cloudpolicy.scan import Request

NONE = {
    "incomplete": Text(
        "it takes a decision: other settings or resources belong to it", "関連する設定やリソースも必要なため、判断が必要です"
    ),
    "irreversible": Text("it takes a decision: it cannot be undone", "元に戻せない設定のため、判断が必要です"),
    "outage": Text("it takes a decision: it may cut off who uses it now", "現在の利用者が使えなくなるおそれがあるため、判断が必要です"),
    "choice": Text("it takes a decision: there are several ways", "対処方法が複数あるため、判断が必要です"),
}
_DEPTH = 3  # checks of one policy that come to bear one after another
_ROUNDS = 4  # a fix that is refused may be good once another one is in


def run(request: Request, force: bool = False, shown: bool = False) -> Outcome:
    """Everything that can be fixed below the paths of the request, in memory only. Raises ConfigError.

    force  edit files with uncommitted changes, too
    shown  nothing will be written: such files are edited, and `held` says so
    """
    return _Fixing(request, force, shown).run()


class _Fixing:
    def __init__(self, request: Request, force: bool, shown: bool) -> None:
        self.scanner = Scanner(request)
        self.places = Places(request.paths, force or shown)
        self.hold = shown and not force
        self.outcome = Outcome()
        options = self.scanner.options(request.config.values)
        found = discover(request.paths, options, request.config.values["exclude"])
        self.outcome.diagnostics += [*self.scanner.pack.diagnostics, *found.diagnostics]
        self.bench = Bench(self.scanner, found.units)

    def run(self) -> Outcome:
        outcome, bench = self.outcome, self.bench
        for index, state in enumerate(bench.states):
            outcome.targets += [Target(index, failure) for failure in state.failures.values()]
            outcome.unknown += sum(unknown for _, unknown in state.counts.values())
            outcome.diagnostics += state.estate.diagnostics
        for _ in range(_ROUNDS):
            kept = self._round([target for target in outcome.targets if not target.fixed])
            if not self._variables([target for target in outcome.targets if not target.fixed]) and not kept:
                break
        for path, after in bench.texts.items():
            if after != bench.originals[path]:
                outcome.texts[path] = (bench.originals[path], after)
                reason = self.places.uncommitted(path) if self.hold else None
                if reason is not None:
                    outcome.held[path] = reason
        alike = {(target.key[:2], target.failure.resource.type): target for target in outcome.targets if target.changes}
        for target in outcome.targets:
            if target.fixed and not target.changes:  # by the edit for another one, of the same check as a rule
                other = alike.get((target.key[:2], target.failure.resource.type), target)
                target.effect, target.place = other.effect, other.place
                target.files = other.files or {os.path.realpath(target.failure.resource.span.file)}
        return outcome

    def _round(self, targets: list[Target]) -> bool:
        """Try every target once; whether anything was kept."""
        kept = False
        number = 0
        open_targets = targets
        while open_targets:
            ready: list[tuple[Target, list[Change]]] = []
            for target in open_targets:
                ways = self._ways(target)
                if number < len(ways):
                    ready.append((target, ways[number]))
            if not ready:
                break
            groups: dict[int, list[tuple[Target, list[Change]]]] = {}
            for one in ready:
                groups.setdefault(self.bench.groups[one[0].unit], []).append(one)
            for group in groups.values():
                kept = self._settle(group) or kept
            open_targets = [target for target, _ in ready if not target.fixed]
            number += 1
        return kept

    def _ways(self, target: Target) -> Ways:
        """What might mend a target as things stand now; [] with the reason noted when nothing might."""
        state = self.bench.states[target.unit]
        if target.key not in state.failures:
            if target.key not in state.counts:  # another edit has mended this one, too
                target.mechanical = target.fixed = True
            return []
        ways, reason = self._solved(state, target.key)
        target.reason = reason or target.reason
        target.mechanical = target.mechanical or bool(ways)
        return ways

    def _solved(self, state: State, key: Key) -> tuple[Ways, Text | None]:
        """What might mend a failing check, or why nothing might."""
        policy, number, _ = key
        failure = state.failures[key]
        fix = self.scanner.pack.fixes(policy).get(str(number), {})
        if "none" in fix:
            return [], NONE[fix["none"]]
        if any(not written(failure.resource.values, split_path(path)) for path in fix.get("needs", ())):
            return [], NONE["incomplete"]
        check = self.scanner.pack.check(policy, number)
        parameters = state.engine.parameters(policy)
        context = Context(state.estate, failure.resource, state.engine.settings, parameters)
        ways = Solver(parameters, fix).solve(check["require"], check["absent"], context)
        ways = [way for way in ways if way]
        return ways, None if ways else Text(
            "it takes a decision: no single value is right for everybody", "一つに決まる値がなく、判断が必要です"
        )

    def _settle(self, ready: Sequence[tuple[Target, list[Change]]], depth: int = 0) -> bool:
        """Keep what is good of these changes: all of them at once if that is, else each half by itself."""
        bench = self.bench
        texts: dict[str, bytes] = {}
        declared: set[object] = set()  # a companion that two policies want is declared once
        tried: list[tuple[Target, list[Change]]] = []
        for target, way in ready:
            if bench.states[target.unit].holds(target.key):
                target.fixed = True
                continue
            try:
                texts.update(self._edited(target, [change for change in way if _identity(change) not in declared], texts))
                declared.update(_identity(change) for change in way)
                tried.append((target, way))
            except NotEditable as refusal:
                target.reason = refusal.text
                if isinstance(refusal, Elsewhere) and len(way) == 1 and isinstance(way[0], Operation):
                    target.origin = way[0], refusal
        if not tried:
            return False
        states = bench.attempt(texts) if texts else {}
        fault = self._fault(tried, states)
        if fault is None:
            bench.keep(texts, states)
            for target, way in tried:
                target.fixed = True
                target.changes = way
                target.files = {os.path.realpath(change.resource.span.file) for change in way}
                target.effect = self._effect(target, way)
            return True
        if len(ready) == 1:
            target, way = tried[0]
            more = self._follow(target, states) if depth < _DEPTH else None
            if more is not None and self._settle([(target, [*way, *more])], depth + 1):
                return True
            target.reason = fault
            return False
        middle = len(ready) // 2  # what could not be edited, too: it may have been for the text that another one left
        first = self._settle(ready[:middle])
        return self._settle(ready[middle:]) or first

    def _variables(self, targets: Sequence[Target]) -> bool:
        """Try the variables that failing attributes are; whether any was changed."""
        from cloudpolicy.fix import origins

        bench, kept = self.bench, False
        for target in targets:
            if target.origin is None or not self._ways(target):
                continue
            change, named = target.origin
            target.origin = None
            state = bench.states[target.unit]
            try:
                found = origins.changed(state, change.resource, named, change.value, lambda path: bench.text(path, {}))
                if found is None:
                    continue
                path, text = found
                self._editable(path)
            except NotEditable as refusal:
                target.reason = Text(f"{_said(target).en} ({refusal.text.en})", f"{_said(target).ja}({refusal.text.ja})")
                continue
            states = bench.attempt({os.path.realpath(path): text})
            other = origins.also_changed(dict(enumerate(bench.states)), states, self._wanted(states))
            fault = self._fault([(target, [change])], states)
            if fault is None and other is not None:
                name = " ".join(named.name.split())
                fault = Text(
                    f"{name} decides {other}, too; give one of them a value of its own",
                    f"{name} は {other} にも使われています。どちらかに個別の値を設定してください",
                )
            if fault is not None:
                target.reason = Text(f"{_said(target).en} ({fault.en})", f"{_said(target).ja}({fault.ja})")
                continue
            target.files = {os.path.realpath(path)}
            target.place = path, _first_change(bench.text(path, {}), text)
            bench.keep({os.path.realpath(path): text}, states)
            target.fixed = kept = True
            target.changes = [change]
            target.effect = self._effect(target, [change])
        return kept

    def _effect(self, target: Target, way: list[Change]) -> str:
        """What applying a way does to a resource that is there: what is known of the attributes, else what the policy says."""
        from cloudpolicy.fix import replacing
        from cloudpolicy.fix.origins import names

        found = replacing.worst(replacing.effect(one.resource.type, names(one.path)) for one in way if isinstance(one, Operation))
        policy, number, _ = target.key
        said = self.scanner.pack.fixes(policy).get(str(number), {}).get("replaces", False)
        return found or (replacing.REPLACES if said else "")

    def _wanted(self, states: dict[int, State]) -> Wanted:
        """What the failing checks of some units want of which attribute."""
        from cloudpolicy.fix.origins import names

        found: Wanted = {}
        for index in states:
            state = self.bench.states[index]
            for key in state.failures:
                for way in self._solved(state, key)[0]:
                    for change in way:
                        if isinstance(change, Operation):
                            found.setdefault((change.resource.address, names(change.path)), []).append(change.value)
        return found

    def _editable(self, path: str) -> None:
        """Raises NotEditable for a file that is left alone."""
        refusal = self.places.refusal(path)
        if refusal is not None:
            name = os.path.basename(path)
            raise NotEditable(Text(f"{name} is left alone: {refusal.en}", f"{name} は修正しません: {refusal.ja}"))

    def _edited(self, target: Target, way: list[Change], texts: dict[str, bytes]) -> dict[str, bytes]:
        """The texts that a way changes, over `texts`; raises NotEditable, and then nothing of it is done."""
        changed: dict[str, bytes] = {}
        source = self.bench.states[target.unit].estate.source
        for change in way:
            path = change.resource.span.file
            self._editable(path)
            try:
                before = self.bench.text(path, {**texts, **changed})
            except OSError as error:
                raise NotEditable(Text(f"cannot be read: {error.strerror}", f"読み取れません: {error.strerror}")) from None
            changed[os.path.realpath(path)] = _apply(source, path, before, change)
        return changed

    def _follow(self, target: Target, states: dict[int, State]) -> list[Change] | None:
        """What else to change when the edit only brings the next check of the same policy on the same resource to bear; None when nothing will do."""
        policy, _, address = target.key
        more: list[Change] = []
        for index, state in states.items():
            checks, others = state.worse_than(self.bench.states[index])
            if others or (checks and index != target.unit):
                return None
            for key in checks:
                ways = self._solved(state, key)[0] if key[::2] == (policy, address) and key in state.failures else []
                if not ways:
                    return None
                more += ways[0]
        return more or None

    def _fault(self, tried: Sequence[tuple[Target, list[Change]]], states: dict[int, State]) -> Text | None:
        """Why the edits are not good; None when they are."""
        for index, state in states.items():
            checks, others = state.worse_than(self.bench.states[index])
            if checks or others:
                return _worse(state, checks, others)
        for target, _ in tried:
            state = states.get(target.unit, self.bench.states[target.unit])
            if not state.holds(target.key):
                return Text("the edit that was tried does not make it pass", "修正を試しましたが、適合になりませんでした")
        return None


def _worse(state: State, checks: list[Key], others: list[Text]) -> Text:
    """What would be worse than before, for people."""
    if checks:
        policy, _, address = checks[0]
        failure = state.failures.get(checks[0])
        undecided = Text(f"{address}: it can no longer be decided", f"{address}: 判定できなくなります")
        message = failure.findings[0].message if failure is not None else undecided
        what = Text(f"{policy} {message.en}", f"{policy} {message.ja}")
    else:
        what = others[0]
    return Text(f"the edit that was tried makes something else worse: {what.en}", f"修正を試しましたが、別の判定が悪化します: {what.ja}")


def _said(target: Target) -> Text:
    assert target.reason is not None
    return target.reason


def _first_change(before: bytes, after: bytes) -> int:
    """The line, from 1, on which two texts begin to differ."""
    old, new = before.split(b"\n"), after.split(b"\n")
    return next((number for number, pair in enumerate(zip(old, new, strict=False), 1) if pair[0] != pair[1]), len(old))


def _identity(change: Change) -> object:
    """What tells companions apart; an operation is like no other, because it may be done twice."""
    return (change.resource.span, change.type) if isinstance(change, Companion) else id(change)


def _apply(source: str, path: str, data: bytes, change: Change) -> bytes:
    """The text with one change; raises NotEditable."""
    if source == "plan":
        raise NotEditable(
            Text("a plan is not edited: fix the configuration it was made from", "plan は修正できません。元の構成を修正してください")
        )
    if path.endswith(".tf.json"):
        from cloudpolicy.fix import terraform_json as editing
    elif source == "hcl":
        from cloudpolicy.fix import hcl as editing  # type: ignore[no-redef]
    else:
        from cloudpolicy.fix import templates as editing  # type: ignore[no-redef]
    if isinstance(change, Companion):
        return editing.declare(path, data, change)
    return editing.apply(path, data, change)
