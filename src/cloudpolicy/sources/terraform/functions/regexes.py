"""regex, regexall and replace with /…/: Go's RE2 patterns on Python's engine."""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import FunctionError, Limit, cap_elements, cap_text, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.sources.terraform.functions.regex_machine import Machine, Match

_SAFE_INPUT = 20_000  # characters
_BACKTRACKING = 5_000_000  # steps that Python's engine may take in the worst case before the slower, linear one is used

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": r"0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_QUANTIFIER = re.compile(r"\{\d+(?:,\d*)?\}", re.ASCII)
_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\(?P<escape>[pPxo]\{[^}]*\}|.)|\[:(?P<not>\^?)(?P<class>[a-z]+):\]"
    r"|\(\?(?P<group>[^)]{0,100})|(?P<possessive>[*+?}]\+)|(?P<other>.)",
    re.S,
)


class _Unsupported(Exception):
    pass


def _regex(pattern: Any, value: Any) -> Any:
    subject = text(value)
    try:
        compiled = _compile(text(pattern), subject)
    except _Unsupported as error:
        return Unknown("unsupported-expression", str(error))
    match = compiled.search(subject)
    if match is None:
        raise FunctionError("pattern did not match any part of the given string")
    return _captured(match)


def _regexall(pattern: Any, value: Any) -> Any:
    subject = text(value)
    try:
        compiled = _compile(text(pattern), subject)
    except _Unsupported as error:
        return Unknown("unsupported-expression", str(error))
    found = [_captured(match) for match in _matches(compiled, subject)]
    cap_elements(len(found))
    return found


def replace(subject: str, pattern: str, template: str) -> Any:
    """Every match replaced; $1, ${1} and ${name} in `template` stand for captured groups."""
    try:
        compiled = _compile(pattern, subject)
    except _Unsupported as error:
        return Unknown("unsupported-expression", str(error))
    size = 0

    def fill(match: re.Match[str] | Match) -> str:
        nonlocal size
        filled = re.sub(r"\$(?:\$|\{(\w+)\}|(\w+))", lambda found: _reference(match, found), template)
        size += len(filled)
        cap_text(size)
        return filled

    parts: list[str] = []
    last = 0
    for match in _matches(compiled, subject):
        parts += (subject[last : match.start()], fill(match))
        last = match.end()
    return "".join(parts) + subject[last:]


def _matches(compiled: re.Pattern[str] | Machine, subject: str) -> Iterator[re.Match[str] | Match]:
    """Go's order of matches: no empty one directly behind another, and always at least one character on."""
    position, last = 0, -1
    while position <= len(subject):
        match = compiled.search(subject, position)
        if match is None:
            return
        if match.end() > match.start() or match.start() != last:
            yield match
        last = match.end()
        position = max(match.end(), position + 1)


def _reference(match: re.Match[str] | Match, found: re.Match[str]) -> str:
    name = found[1] or found[2]
    if name is None:
        return "$"
    try:
        return match[int(name) if name.isdigit() else name] or ""
    except IndexError:
        return ""


def _captured(match: re.Match[str] | Match) -> Any:
    names = match.re.groupindex
    if names:
        return {name: match[name] for name in names}
    return list(match.groups()) if match.re.groups else match.group()


def _compile(pattern: str, subject: str) -> re.Pattern[str] | Machine:
    cap_text(len(pattern) * 1000)
    if len(subject) > _SAFE_INPUT:
        raise Limit
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(_translate(pattern), re.ASCII)
        except (re.error, OverflowError, RecursionError) as error:
            raise FunctionError(f"invalid regexp pattern: {error}") from None
    if compiled.groupindex and len(compiled.groupindex) != compiled.groups:
        raise FunctionError("invalid regexp pattern: cannot mix both named and unnamed capture groups")
    if _worst_case(compiled.pattern, len(subject)) > _BACKTRACKING:
        from cloudpolicy.sources.terraform.functions.regex_machine import Machine

        return Machine(compiled)
    return compiled


def _translate(pattern: str) -> str:
    out: list[str] = []
    in_class = False
    multiline = False
    for match in _TOKEN.finditer(pattern):
        kind = match.lastgroup
        token = match.group()
        if match["quoted"] is not None:
            out.append(re.escape(match["quoted"]))
        elif match["escape"] is not None:
            out.append(_escape(match["escape"]))
        elif match["class"] is not None and kind == "class":
            if not in_class:
                out.append(token)
            elif match["not"] or match["class"] not in _CLASSES:
                raise _Unsupported(pattern[:60])
            else:
                out.append(_CLASSES[match["class"]])
        elif in_class:
            out.append("\\[" if token == "[" and out[-1] not in ("[", "[^") else token)
            if len(token) > 1:  # a group or quantifier that only looked like one
                in_class = "]" not in token
            elif token == "]" and out[-2:-1] not in (["["], ["[^"]):
                in_class = False
            elif token == "^" and out[-2:-1] == ["["]:
                out[-2:] = ["[^"]
        elif match["group"] is not None:
            group = match["group"]
            if not re.match(r":|P?<[A-Za-z_]|[ims]+:|[ims]+$", group):
                if re.match(r"[imsU-]", group):
                    raise _Unsupported(pattern[:60])
                raise FunctionError("invalid regexp pattern: unsupported group syntax")
            if re.fullmatch("[ims]+", group) and match.start():
                raise _Unsupported(pattern[:60])
            multiline = multiline or "m" in re.split("[:<]", group)[0]
            if group.startswith("<"):
                token = "(?P" + token[2:]
            if re.search(r"[\[\\(*+?$]", group.split(">", 1)[-1][1:] if "<" not in group else group.split(">", 1)[-1]):
                out.append(_translate_rest(token))
            else:
                out.append(token)
        elif match["possessive"] is not None:
            raise FunctionError("invalid regexp pattern: invalid nested repetition operator")
        elif token == "[":
            in_class = True
            out.append(token)
        elif token == "{" and not _QUANTIFIER.match(pattern, match.start()):
            out.append(r"\{")
        elif token == "$" and not multiline:
            out.append(r"\Z")
        else:
            out.append(token)
    return "".join(out)


def _translate_rest(token: str) -> str:
    """The head of a group was read together with some of its body: translate the body by itself."""
    head = re.match(r"\(\?(?:P<\w+>|[ims]*:|[ims]+$)", token)
    if head is None:
        return token
    return head.group() + _translate(token[head.end() :])


def _escape(escape: str) -> str:
    if escape == "z":
        return r"\Z"
    if escape[0] in "pPC" or escape in ("x", "o"):
        if escape == "x":
            return r"\x"
        raise _Unsupported("\\" + escape)
    if escape.startswith("x{"):
        return re.escape(chr(int(escape[2:-1], 16)))
    if escape.isdigit() and escape != "0":
        raise FunctionError("invalid regexp pattern: backreferences are not supported")
    return "\\" + escape


def _worst_case(pattern: str, length: int) -> float:
    """How many steps backtracking may take: a power of the length for each repetition, exponential where one holds another or a choice."""
    from re import _parser  # type: ignore[attr-defined, unused-ignore]

    repeats = 1

    def walk(tree: Any, inside: bool) -> bool:
        nonlocal repeats
        for operation, argument in tree:
            name = str(operation)
            if name in ("MAX_REPEAT", "MIN_REPEAT"):
                low, high, body = argument
                variable = high != low and high > 1
                if (variable and inside) or walk(body, inside or high > 1):
                    return True
                repeats += variable
            elif name == "BRANCH":
                if inside or any(walk(branch, inside) for branch in argument[1]):
                    return True
            elif name == "SUBPATTERN" and walk(argument[3], inside):
                return True
        return False

    if walk(_parser.parse(pattern, re.ASCII), False):
        return float("inf") if length > 12 else 0.0
    return float(length) ** min(repeats, 20)


TABLE = {"regex": (_regex, 2, 2, False), "regexall": (_regexall, 2, 2, False)}
