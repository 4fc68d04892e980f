"""The verbs of format() and formatlist()."""

from __future__ import annotations

import re

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import HOLE, FunctionError, Limit, finish, number, text, text_of, unknowns, whole
from cloudpolicy.sources.terraform.types import to_bool, to_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_VERB = re.compile(r"%(?:%|(?P<flags>[ +#0-]*)(?P<width>\d+)?(?:\.(?P<precision>\d*))?(?:\[(?P<index>\d+)\])?(?P<verb>[A-Za-z])|)")


def format_text(template: str, args: Sequence[Any]) -> Any:
    """The text of `template` with `args` filled in; an Unknown with the known parts when a used argument is unknown."""
    result = []
    lost: list[Unknown] = []
    position = 0
    following = 0
    highest = 0
    explicit = False
    for match in _VERB.finditer(template):
        result.append(template[position : match.start()])
        position = match.end()
        if match.group() == "%%":
            result.append("%")
            continue
        verb = match["verb"]
        if verb is None:
            raise FunctionError(f"unrecognized format character at offset {match.start()}")
        if match["index"]:
            explicit = True
            following = int(match["index"]) - 1
        if not 0 <= following < len(args):
            raise FunctionError(f'not enough arguments for "{match.group()}": need index {following} but have {len(args)} total')
        arg = args[following]
        following += 1
        highest = max(highest, following)
        if len(match["width"] or "") > 7 or len(match["precision"] or "") > 4:
            raise Limit
        unknown = unknowns(arg)
        lost.extend(unknown)
        if not unknown:
            result.append(_pad(_one(match, arg), match))
        else:
            # padding would stand inside the unknown part, so parts known inside it are kept only without it
            result.append(
                text_of(arg) if isinstance(arg, Unknown) and verb in "sv" and not match["width"] and match["precision"] is None else HOLE
            )
    if not explicit and highest < len(args):
        raise FunctionError(f"too many arguments; only {highest} used by format string")
    result.append(template[position:])
    return finish("".join(result), lost)


def _one(match: re.Match[str], arg: Any) -> str:
    flags, verb, digits = match["flags"] or "", match["verb"], match["precision"]
    precision = int(digits or 0) if digits is not None else None
    if verb == "v":
        if "#" in flags or arg is None or isinstance(arg, (list, dict)):
            return _json(arg)
        verb = "t" if isinstance(arg, bool) else "s" if isinstance(arg, str) else "g"
        if verb == "g":
            return _sign(number(arg) < 0, "") + _shortest(abs(number(arg)), "v")
    if verb in "sq":
        value = text(arg)
        if precision is not None:
            value = value[:precision]
        return _json(value) if verb == "q" else value
    if verb == "t":
        if arg is None:
            raise FunctionError("null value cannot be formatted")
        return "true" if to_bool(arg) else "false"
    if verb in "bdoxX":
        value_whole = whole(arg)
        digits_text = format(abs(value_whole), verb)
        if "#" in flags:
            digits_text = {"o": "0", "x": "0x", "X": "0X"}.get(verb, "") + digits_text
        return _sign(value_whole < 0, flags) + digits_text
    if verb in "eEfgG":
        value_number = number(arg)
        if verb in "gG" and precision is None:
            shown = _shortest(abs(value_number), verb)
        else:
            shown = format(abs(value_number), f".{6 if precision is None else precision}{verb}")
        return _sign(value_number < 0, flags) + shown
    raise FunctionError(f'unsupported format verb "{verb}"')


def _shortest(value: int | float, verb: str) -> str:
    """%g without a precision: as few digits as say the number; an exponent only for very large and very small ones."""
    shown = to_string(value)
    if value and (value < 1e-4 or value >= 1e6):
        before, _, after = shown.partition(".")
        digits = (before + after).lstrip("0")
        exponent = len(before) - 1 if before != "0" else -(len(after) - len(after.lstrip("0")) + 1)
        digits = digits.rstrip("0")
        mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
        return f"{mantissa}{'E' if verb == 'G' else 'e'}{exponent:+03d}"
    return shown


def _sign(negative: bool, flags: str) -> str:
    return "-" if negative else "+" if "+" in flags else " " if " " in flags else ""


def _pad(shown: str, match: re.Match[str]) -> str:
    width = int(match["width"] or 0)
    flags = match["flags"] or ""
    if "-" in flags:
        return shown.ljust(width)
    if "0" in flags:
        sign = shown[:1] if shown[:1] in ("+", "-", " ") and match["verb"] not in "sqv" else ""
        return sign + shown[len(sign) :].rjust(width - len(sign), "0")
    return shown.rjust(width)


def _json(value: Any) -> str:
    from cloudpolicy.sources.terraform.functions.encoding import json_text

    return json_text(value)
