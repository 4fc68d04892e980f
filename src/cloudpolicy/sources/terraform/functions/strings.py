"""String functions. Text with unknown parts keeps its known parts wherever the unknown part cannot change them."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.terraform.functions.common import (
    HOLE,
    FunctionError,
    cap_text,
    finish,
    graphemes,
    joined,
    sequence,
    text,
    text_of,
    unknowns,
    whole,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _map(value: Any, change: Callable[[str], str]) -> Any:
    """Apply to each known part what looks at one character at a time."""
    return finish(HOLE.join(change(part) for part in text_of(value).split(HOLE)), unknowns(value))


def _lower(value: Any) -> Any:
    return _map(value, str.lower)


def _upper(value: Any) -> Any:
    return _map(value, str.upper)


def _chomp(value: Any) -> Any:
    return _strip(value, "\r\n", left=False)


def _indent(spaces: Any, value: Any) -> Any:
    if isinstance(spaces, Unknown):
        return joined(unknowns([spaces, value]))
    pad = whole(spaces)
    known = text_of(value)
    cap_text(len(known) + max(pad, 0) * known.count("\n"))
    return finish(known.replace("\n", "\n" + " " * pad), unknowns(value))


def _join(separator: Any, *lists: Any) -> Any:
    if isinstance(separator, Unknown):
        return joined(unknowns([separator, *lists]))
    between = text(separator)
    parts: list[str] = []
    for items in lists:
        if isinstance(items, Unknown):  # if it is empty its separator is not there either: nothing around it is certain
            return joined(unknowns(list(lists)))
        parts.extend(text_of(item) for item in sequence(items))
    cap_text(sum(map(len, parts)) + len(between) * len(parts))
    return finish(between.join(parts), unknowns(list(lists)))


def _replace(value: Any, old: Any, new: Any) -> Any:
    if isinstance(old, Unknown):
        return joined(unknowns([value, old, new]))
    old = text(old)
    if len(old) > 1 and old[0] == "/" and old[-1] == "/":
        if unknowns([value, new]):
            return joined(unknowns([value, new]))
        from cloudpolicy.sources.terraform.functions.regexes import replace

        return replace(text(value), old[1:-1], text(new))
    if isinstance(value, Unknown) and isinstance(value.partial, dict):
        return _replace_in_document(value, old, new)
    known, lost = text_of(value), unknowns([value, new])
    replacement = text_of(new)
    if isinstance(value, Unknown) and not _apart(known, old):
        return joined(lost)
    if isinstance(new, Unknown) and old not in known:  # the unknown replacement is not used in what is known
        lost = unknowns(value)
    parts = known.split(HOLE)
    cap_text(len(known) + (known.count(old) if old else len(known) + 1) * len(replacement))
    return finish(HOLE.join(part.replace(old, replacement) for part in parts), lost)


def _replace_in_document(value: Unknown, old: str, new: Any) -> Unknown:
    """A JSON document with unknown leaves, as aws_iam_policy_document gives: placeholders in it are replaced leaf by leaf."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if any(old in key for key in node):
                raise FunctionError("the replacement reaches into the structure")
            return {key: walk(item) for key, item in node.items()}
        if isinstance(node, list):
            return [walk(item) for item in node]
        if isinstance(node, str):
            return _replace(node, old, new) if old in node else node
        if isinstance(node, Unknown) and isinstance(node.partial, str):
            return _replace(node, old, new)
        return node

    fill = text_of(new)
    if not old or any(char in old or char in fill for char in '"\\') or any(char in old for char in "{}[]:, \n"):
        return joined(unknowns([value, new]))
    try:
        document = walk(value.partial)
    except FunctionError:
        return joined(unknowns([value, new]))
    return joined(unknowns([value, new]), partial=document)


def _apart(known: str, old: str) -> bool:
    """True when no occurrence of `old` can reach from a known part into an unknown one."""
    if not old:
        return False
    parts = known.split(HOLE)
    pieces = range(1, len(old))
    starts = any(part.startswith(old[cut:]) or old[cut:].startswith(part) for part in parts[1:] if part for cut in pieces)
    ends = any(part.endswith(old[:cut]) or old[:cut].endswith(part) for part in parts[:-1] if part for cut in pieces)
    return not starts and not ends


def _split(separator: Any, value: Any) -> Any:
    if isinstance(separator, Unknown) or isinstance(value, Unknown):
        return joined(unknowns([separator, value]))
    between, whole_text = text(separator), text(value)
    if not between:
        return graphemes(whole_text)
    cap_text(whole_text.count(between) * 100)
    return whole_text.split(between)


def _startswith(value: Any, prefix: Any) -> Any:
    return _edge(value, prefix, str.startswith, 0)


def _endswith(value: Any, suffix: Any) -> Any:
    return _edge(value, suffix, str.endswith, -1)


def _edge(value: Any, wanted: Any, test: Callable[[str, str], bool], side: int) -> Any:
    if isinstance(wanted, Unknown):
        return joined(unknowns([value, wanted]))
    wanted = text(wanted)
    if not isinstance(value, Unknown):
        return test(text(value), wanted)
    known = text_of(value).split(HOLE)[side]
    if test(known, wanted):
        return True
    return joined([value]) if test(wanted, known) else False


def _strcontains(value: Any, wanted: Any) -> Any:
    if isinstance(wanted, Unknown):
        return joined(unknowns([value, wanted]))
    wanted = text(wanted)
    if any(wanted in part for part in text_of(value).split(HOLE)):
        return True
    return joined([value]) if isinstance(value, Unknown) else False


def _strrev(value: Any) -> Any:
    parts = reversed(text_of(value).split(HOLE))
    if isinstance(value, Unknown) and not text_of(value).isascii() and HOLE not in text_of(value):
        return joined([value])
    return finish(HOLE.join("".join(reversed(graphemes(part))) for part in parts), unknowns(value))


def _substr(value: Any, offset: Any, length: Any) -> Any:
    if isinstance(offset, Unknown) or isinstance(length, Unknown):
        return joined(unknowns([value, offset, length]))
    start, count = whole(offset), whole(length)
    if isinstance(value, Unknown):
        first, hole, _ = text_of(value).partition(HOLE)
        chars = graphemes(first)
        if start < 0:
            return joined([value])
        if count >= 0 and start + count < len(chars):
            return "".join(chars[start : start + count])
        return finish("".join(chars[start:-1]) + hole, [value])
    chars = graphemes(text(value))
    if start < 0:
        start = max(0, start + len(chars))
    return "".join(chars[start:] if count < 0 else chars[start : start + count])


def _title(value: Any) -> Any:
    if isinstance(value, Unknown):
        return joined([value])
    result = []
    before = " "
    for char in text(value):
        inside = before.isalnum() or before == "_" or (not before.isascii() and not before.isspace())
        result.append(char if inside else char.title())
        before = char
    return "".join(result)


def _trim(value: Any, cutset: Any) -> Any:
    if isinstance(cutset, Unknown):
        return joined(unknowns([value, cutset]))
    return _strip(value, text(cutset))


def _trimspace(value: Any) -> Any:
    return _strip(value, None)


def _strip(value: Any, cutset: str | None, left: bool = True) -> Any:
    if cutset == "":
        return value if isinstance(value, Unknown) else text(value)
    parts = text_of(value).split(HOLE)
    # an unknown part at the edge may be empty, or be cut off as a whole: then what stands before it is at the edge
    for position in range(len(parts)) if left else ():
        parts[position] = parts[position].lstrip(cutset)
        if parts[position]:
            break
    for position in reversed(range(len(parts))):
        parts[position] = parts[position].rstrip(cutset)
        if parts[position]:
            break
    return finish(HOLE.join(parts), unknowns(value))


def _cut(parts: list[str], affix: str, back: bool) -> list[str]:
    """Known parts, the outermost first, less what an affix may take when the unknown parts between them are short."""
    if affix and (parts[0].endswith(affix) if back else parts[0].startswith(affix)):
        return [parts[0].removesuffix(affix) if back else parts[0].removeprefix(affix), *parts[1:]]
    if not (affix.endswith(parts[0]) if back else affix.startswith(parts[0])):
        return parts
    left = len(affix)
    result = []
    for part in parts:
        taken = min(left, len(part))
        result.append(part[: len(part) - taken] if back else part[taken:])
        left -= taken
    return result


def _trimprefix(value: Any, prefix: Any) -> Any:
    if isinstance(prefix, Unknown):
        return joined(unknowns([value, prefix]))
    prefix = text(prefix)
    if not isinstance(value, Unknown):
        return text(value).removeprefix(prefix)
    return finish(HOLE.join(_cut(text_of(value).split(HOLE), prefix, False)), [value])


def _trimsuffix(value: Any, suffix: Any) -> Any:
    if isinstance(suffix, Unknown):
        return joined(unknowns([value, suffix]))
    suffix = text(suffix)
    if not isinstance(value, Unknown):
        return text(value).removesuffix(suffix)
    return finish(HOLE.join(reversed(_cut(text_of(value).split(HOLE)[::-1], suffix, True))), [value])


def _format(template: Any, *args: Any) -> Any:
    if isinstance(template, Unknown):
        return joined(unknowns([template, *args]))
    from cloudpolicy.sources.terraform.functions.formatting import format_text

    return format_text(text(template), args)


def _formatlist(template: Any, *args: Any) -> Any:
    lengths = {len(arg) for arg in args if isinstance(arg, list)}
    if isinstance(template, Unknown) or (not lengths and any(isinstance(arg, Unknown) for arg in args)):
        return joined(unknowns([template, *args]))
    from cloudpolicy.sources.terraform.functions.formatting import format_text

    if len(lengths) > 1:
        raise FunctionError("all lists must have the same length")
    count = lengths.pop() if lengths else 1
    return [format_text(text(template), [arg[row] if isinstance(arg, list) else arg for arg in args]) for row in range(count)]


TABLE = {
    "chomp": (_chomp, 1, 1, True),
    "endswith": (_endswith, 2, 2, True),
    "format": (_format, 1, None, True),
    "formatlist": (_formatlist, 1, None, True),
    "indent": (_indent, 2, 2, True),
    "join": (_join, 2, None, True),
    "lower": (_lower, 1, 1, True),
    "replace": (_replace, 3, 3, True),
    "split": (_split, 2, 2, True),
    "startswith": (_startswith, 2, 2, True),
    "strcontains": (_strcontains, 2, 2, True),
    "strrev": (_strrev, 1, 1, True),
    "substr": (_substr, 3, 3, True),
    "title": (_title, 1, 1, True),
    "trim": (_trim, 2, 2, True),
    "trimprefix": (_trimprefix, 2, 2, True),
    "trimspace": (_trimspace, 1, 1, True),
    "trimsuffix": (_trimsuffix, 2, 2, True),
    "upper": (_upper, 1, 1, True),
}
