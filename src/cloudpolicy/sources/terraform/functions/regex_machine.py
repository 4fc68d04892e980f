"""A regular expression run as a set of threads side by side, so that no pattern takes more than pattern × text steps.

Python's engine tries one way after the other, and on some patterns their number grows exponentially. Go's does not, so a template that
Terraform accepts must not hang us. Only patterns that could do so come here; the result is the same: leftmost, first alternative first.
"""

from __future__ import annotations

import re
from re import _parser  # type: ignore[attr-defined, unused-ignore]

from cloudpolicy.sources.terraform.functions.common import Limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Caps = tuple[int | None, ...]

_SIZE = 3_000  # instructions
_STEPS = 1_500_000  # thread moves of one call: about a second
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": lambda char: "0" <= char <= "9",
    "CATEGORY_SPACE": lambda char: char in " \t\n\r\f\v",
    "CATEGORY_WORD": lambda char: char in _WORD,
}


class Match:
    """What the functions need of a match object."""

    def __init__(self, machine: Machine, subject: str, caps: Caps) -> None:
        self.re = machine
        self._subject = subject
        self._caps = caps

    def start(self) -> int:
        return self._caps[0] or 0

    def end(self) -> int:
        return self._caps[1] or 0

    def group(self) -> str:
        return self._subject[self.start() : self.end()]

    def groups(self) -> tuple[str | None, ...]:
        return tuple(self[number] for number in range(1, self.re.groups + 1))

    def __getitem__(self, name: int | str) -> str | None:
        number = self.re.groupindex[name] if isinstance(name, str) else name
        if number > self.re.groups:
            raise IndexError(name)
        start, end = self._caps[2 * number], self._caps[2 * number + 1]
        return None if start is None or end is None else self._subject[start:end]


class Machine:
    """A compiled pattern with the part of re.Pattern's interface that the functions use."""

    def __init__(self, compiled: re.Pattern[str]) -> None:
        tree = _parser.parse(compiled.pattern, re.ASCII)
        self.groups = compiled.groups
        self.groupindex = dict(compiled.groupindex)
        self._code: list[tuple[Any, ...]] = []
        self._steps = _STEPS
        self._sequence(tree, compiled.flags)
        self._emit("match")

    # -- the program ---------------------------------------------------------------------------------------------------------------

    def _emit(self, *instruction: Any) -> int:
        if len(self._code) >= _SIZE:
            raise Limit
        self._code.append(instruction)
        return len(self._code) - 1

    def _sequence(self, tree: Any, flags: int) -> None:
        for operation, argument in tree:
            self._one(str(operation), argument, flags)

    def _one(self, name: str, argument: Any, flags: int) -> None:
        fold = bool(flags & re.IGNORECASE)
        if name in ("LITERAL", "NOT_LITERAL"):
            wanted = chr(argument).lower() if fold else chr(argument)
            equal = name == "LITERAL"
            self._emit("char", (lambda char: (char.lower() == wanted) is equal) if fold else (lambda char: (char == wanted) is equal))
        elif name == "ANY":
            self._emit("char", (lambda char: True) if flags & re.DOTALL else (lambda char: char != "\n"))
        elif name == "IN":
            self._emit("char", _class(argument, fold))
        elif name == "SUBPATTERN":
            group, added, removed, body = argument
            if group is not None:
                self._emit("save", 2 * group)
            self._sequence(body, (flags | added) & ~removed)
            if group is not None:
                self._emit("save", 2 * group + 1)
        elif name == "BRANCH":
            self._branch(argument[1], flags)
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = argument
            self._repeat(low, high, body, flags, name == "MAX_REPEAT")
        elif name == "AT":
            at = str(argument)
            self._emit(
                "at",
                "AT_BEGINNING_LINE"
                if at == "AT_BEGINNING" and flags & re.MULTILINE
                else "AT_END_LINE"
                if at == "AT_END" and flags & re.MULTILINE
                else at,
            )
        else:
            raise Limit

    def _branch(self, branches: list[Any], flags: int) -> None:
        jumps = []
        for branch in branches[:-1]:
            split = self._emit("split")
            self._sequence(branch, flags)
            jumps.append(self._emit("jump"))
            self._code[split] = ("split", split + 1, len(self._code))
        self._sequence(branches[-1], flags)
        for jump in jumps:
            self._code[jump] = ("jump", len(self._code))

    def _repeat(self, low: int, high: Any, body: Any, flags: int, greedy: bool) -> None:
        for _ in range(low):
            self._sequence(body, flags)
        if high == _parser.MAXREPEAT:
            split = self._emit("split")
            self._sequence(body, flags)
            self._emit("jump", split)
            self._code[split] = self._choice(split + 1, len(self._code), greedy)
            return
        splits = []
        for _ in range(int(high) - low):
            splits.append(self._emit("split"))
            self._sequence(body, flags)
        for split in splits:
            self._code[split] = self._choice(split + 1, len(self._code), greedy)

    @staticmethod
    def _choice(more: int, done: int, greedy: bool) -> tuple[Any, ...]:
        return ("split", more, done) if greedy else ("split", done, more)

    # -- running it ----------------------------------------------------------------------------------------------------------------

    def search(self, subject: str, position: int = 0) -> Match | None:
        """The leftmost match from `position` on; raises Limit when all calls together take too many steps."""
        code, width = self._code, 2 * self.groups + 2
        threads: list[tuple[int, Caps]] = []
        found: Caps | None = None
        empty: Caps = (None,) * width
        for at in range(position, len(subject) + 1):
            marked = {counter for counter, _ in threads}
            if found is None:
                self._add(threads, marked, 0, _put(empty, 0, at), subject, at)
            if not threads:
                if found is not None:
                    break
                continue
            following: list[tuple[int, Caps]] = []
            marked = set()
            for counter, caps in threads:
                instruction = code[counter]
                if instruction[0] == "match":
                    found = _put(caps, 1, at)
                    break  # threads behind it are of lower priority
                if at < len(subject) and instruction[1](subject[at]):
                    self._add(following, marked, counter + 1, caps, subject, at + 1)
            threads = following
        return None if found is None else Match(self, subject, found)

    def _add(self, threads: list[tuple[int, Caps]], marked: set[int], counter: int, caps: Caps, subject: str, at: int) -> None:
        stack = [(counter, caps)]
        while stack:
            counter, caps = stack.pop()
            if counter in marked:
                continue
            marked.add(counter)
            self._steps -= 1
            if self._steps < 0:
                raise Limit
            instruction = self._code[counter]
            kind = instruction[0]
            if kind == "jump":
                stack.append((instruction[1], caps))
            elif kind == "split":
                stack += ((instruction[2], caps), (instruction[1], caps))
            elif kind == "save":
                stack.append((counter + 1, _put(caps, instruction[1], at)))
            elif kind == "at":
                if _holds(instruction[1], subject, at):
                    stack.append((counter + 1, caps))
            else:
                threads.append((counter, caps))


def _put(caps: Caps, slot: int, at: int) -> Caps:
    return (*caps[:slot], at, *caps[slot + 1 :])


def _holds(kind: str, subject: str, at: int) -> bool:
    if kind in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
        return at == 0
    if kind in ("AT_END", "AT_END_STRING"):
        return at == len(subject)
    if kind == "AT_BEGINNING_LINE":
        return at == 0 or subject[at - 1] == "\n"
    if kind == "AT_END_LINE":
        return at == len(subject) or subject[at] == "\n"
    edge = (at > 0 and subject[at - 1] in _WORD) != (at < len(subject) and subject[at] in _WORD)
    return edge is (kind == "AT_BOUNDARY")


def _class(items: Any, fold: bool) -> Callable[[str], bool]:
    """The test of a character class, each character decided once."""
    negate = bool(items) and str(items[0][0]) == "NEGATE"
    known: dict[str, bool] = {}

    def holds(char: str) -> bool:
        for operation, argument in items:
            name = str(operation)
            if name == "LITERAL" and ord(char) == argument:
                return True
            if name == "RANGE" and argument[0] <= ord(char) <= argument[1]:
                return True
            if name == "CATEGORY":
                category = str(argument)
                if _CATEGORIES[category.replace("_NOT_", "_")](char) is ("_NOT_" not in category):
                    return True
        return False

    def test(char: str) -> bool:
        answer = known.get(char)
        if answer is None:
            answer = (holds(char) or (fold and (holds(char.lower()) or holds(char.upper())))) is not negate
            known[char] = answer
        return answer

    return test
