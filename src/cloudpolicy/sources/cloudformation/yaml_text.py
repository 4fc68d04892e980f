"""YAML text -> Document, through libyaml where PyYAML was built with it.

Scalars become what CloudFormation sees: YAML 1.1 booleans and numbers; dates stay text ("2012-10-17"), and so does an integer with a
leading zero ("012345678901": an account id, which YAML 1.1 takes for octal or for text depending on its digits) and a base-60 one
("22:22"). Keys are always text, as they are written.
"""

from __future__ import annotations

import re

import yaml

from cloudpolicy.model import Span
from cloudpolicy.sources.cloudformation import problems
from cloudpolicy.sources.cloudformation.text import DEPTH_LIMIT, SIZE_LIMIT, Document, Tagged, Unparsable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.model import Diagnostic, Path
    from cloudpolicy.sources.cloudformation.text import Place

ScalarNode, SequenceNode, MappingNode = yaml.ScalarNode, yaml.SequenceNode, yaml.MappingNode

PLAIN, TEXT, COLLECTION = "plain", "text", "collection"  # what stands in for the tags that the text does not write
_STANDARD = "tag:yaml.org,2002:"

_WORDS: dict[str, Any] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]{0,300})\Z")
_BASED = re.compile(r"([-+]?)0(?:x([0-9a-fA-F_]{1,300})|b([01_]{1,300}))\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?\Z")

_FUNCTIONS = (
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "RefAll",
    "ValueOf",
    "ValueOfAll",
)
TAGS = {f"!{name}": f"Fn::{name}" for name in _FUNCTIONS} | {"!Ref": "Ref", "!Condition": "Condition"}


class _Untagged:
    """Answers the composer's questions about tags without PyYAML's resolver, whose answers would be thrown away."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        if kind is ScalarNode:
            return PLAIN if implicit[0] else TEXT
        return COLLECTION

    def descend_resolver(self, node: Any, index: Any) -> None: ...

    def ascend_resolver(self) -> None: ...


if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Loader(_Untagged, CParser):
        pass

else:  # PyYAML without libyaml: slower, the same answers
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Loader(_Untagged, Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        def __init__(self, data: bytes) -> None:
            Reader.__init__(self, data)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)


# A node needs a bracket or a column of its own: a text with few brackets and short indents cannot nest deeply.
_INDENT = re.compile(rb"^[ \t?:-]{%d}" % DEPTH_LIMIT, re.M)
_BRACKETS = 1000
_LARGE = 500_000  # bytes that could hold more values than the limit
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # where libyaml counts a new line


def parse(file: str, data: bytes) -> Document:
    """Raises Unparsable for a syntax error, an empty text, nesting or aliases beyond the limits."""
    try:
        if len(data) > _LARGE or data.count(b"[") + data.count(b"{") > _BRACKETS or _INDENT.search(data):
            _guard(file, data)
        loader = _Loader(data)
        if not loader.check_node():
            raise Unparsable(
                problems.problem(
                    "error",
                    "empty-file",
                    Span(file),
                    "is empty; write the template or leave it out",
                    "空のファイルです。テンプレートを記述するか、対象から外してください",
                )
            )
        root: Any = loader.get_node()
        builder = _Builder(file, data.count(b"*") > 0 and data.count(b"&") > 0)
        value = builder.value(root, 0)
        if loader.check_node():
            second: Any = loader.get_node()
            line = second.start_mark.line + 1
            builder.problems.append(
                problems.problem(
                    "error",
                    "several-documents",
                    Span(file, line),
                    f"holds a second YAML document at line {line}; a template is one document, only the first was judged",
                    f"{line} 行目に 2 つ目の YAML 文書があります。テンプレートは 1 文書です。最初のものだけを判定しました",
                )
            )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = str(error.problem or error.context or "syntax error")
        if what == "second occurrence":  # the composer's words for an anchor that is defined twice
            what = str(error.context).partition(";")[0]
        if "nesting depth" in what:  # newer libyaml has a limit of its own, which is met before ours can be counted
            raise Unparsable(problems.too_deep(file, mark.line + 1 if mark is not None else 1, DEPTH_LIMIT)) from None
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        line = min(line, len(data.rstrip().splitlines()) or 1)  # what is missing at the end is missed on the last written line
        raise Unparsable(problems.syntax_error(file, line, column, what)) from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0) or 0
        line = data.count(b"\n", 0, position) + 1 if isinstance(position, int) else 1
        what = str(getattr(error, "reason", "") or "a character that YAML does not allow")
        raise Unparsable(problems.syntax_error(file, line, 1, what)) from None
    except RecursionError:
        raise Unparsable(problems.too_deep(file, 1, DEPTH_LIMIT)) from None
    return Document(file, value, _Marks(root, data), builder.problems)


def _guard(file: str, data: bytes) -> None:
    """Count nesting and values by events, which needs neither stack nor memory; composing is recursive in C and would overflow its stack."""
    parser = _Loader(data)
    depth = size = 0
    while parser.check_event():
        event: Any = parser.get_event()
        size += 1
        if size > 2 * SIZE_LIMIT:  # a collection has two events
            raise Unparsable(problems.too_large(file, event.start_mark.line + 1, SIZE_LIMIT))
        kind = type(event)
        if kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
            depth += 1
            if depth > DEPTH_LIMIT:
                raise Unparsable(problems.too_deep(file, event.start_mark.line + 1, DEPTH_LIMIT))
        elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            depth -= 1


def scalar(text: str) -> Any:
    """An unquoted scalar as CloudFormation reads it."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-.":
        if _INTEGER.match(text):
            return int(text.replace("_", ""))
        if _FLOAT.match(text):
            return float(text.replace("_", ""))
        match = _BASED.match(text)
        if match and (match[2] or match[3]).strip("_"):
            number = int((match[2] or match[3]).replace("_", ""), 16 if match[2] else 2)
            return -number if match[1] == "-" else number
    return text


class _Builder:
    """Nodes -> values. A node that aliases share is built once; its size counts every time it stands somewhere."""

    __slots__ = ("aliased", "file", "memo", "problems", "size")

    def __init__(self, file: str, aliased: bool) -> None:
        self.file = file
        self.aliased = aliased
        self.memo: dict[int, tuple[Any, int] | None] = {}
        self.problems: list[Diagnostic] = []
        self.size = 0

    def value(self, node: Any, depth: int) -> Any:
        kind = type(node)
        if kind is ScalarNode:
            self.size += 1
            tag = node.tag
            if tag == PLAIN:
                return scalar(node.value)
            if tag == TEXT:
                return node.value
            return self._tagged(tag, node, node.value)
        if depth > DEPTH_LIMIT:
            raise Unparsable(problems.too_deep(self.file, node.start_mark.line + 1, DEPTH_LIMIT))
        if self.aliased:
            return self._shared(node, depth, kind)
        return self._collection(node, depth, kind)

    def _shared(self, node: Any, depth: int, kind: Any) -> Any:
        line = node.start_mark.line + 1
        if id(node) in self.memo:
            known = self.memo[id(node)]
            if known is None:
                raise Unparsable(problems.syntax_error(self.file, line, 1, "an alias stands inside its own anchor"))
            self.size += known[1]
            if self.size > SIZE_LIMIT:
                raise Unparsable(problems.too_large(self.file, line, SIZE_LIMIT))
            return known[0]
        self.memo[id(node)] = None
        before = self.size
        result = self._collection(node, depth, kind)
        self.memo[id(node)] = (result, self.size - before)
        return result

    def _collection(self, node: Any, depth: int, kind: Any) -> Any:
        self.size += 1
        if kind is SequenceNode:
            value: Any = [self.value(item, depth + 1) for item in node.value]
        else:
            value = self._mapping(node, depth)
        return value if node.tag == COLLECTION else self._tagged(node.tag, node, value)

    def _mapping(self, node: Any, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merges: list[Any] = []
        for key_node, value_node in node.value:
            if type(key_node) is not ScalarNode or (key_node.tag not in (PLAIN, TEXT) and not key_node.tag.startswith(_STANDARD)):
                mark = key_node.start_mark
                self.problems.append(
                    problems.invalid(
                        Span(self.file, mark.line + 1, mark.column + 1),
                        "a key must be plain text, not a list, a mapping or a function; put a function's argument on its own line, it was not judged",
                        "キーは単純な文字列でなければなりません。関数の引数は次の行に書いてください。この項目は判定されていません",
                    )
                )
                continue
            key = key_node.value
            if key == "<<" and key_node.tag == PLAIN:
                merges.append(value_node)
            elif key in result:
                mark = key_node.start_mark
                self.problems.append(problems.duplicate_key(self.file, key, mark.line + 1, mark.column + 1))
            else:
                result[key] = self.value(value_node, depth + 1)
        for merge in merges:
            for source in merge.value if type(merge) is SequenceNode else (merge,):
                merged = self.value(source, depth + 1)
                if isinstance(merged, dict):
                    for key, value in merged.items():
                        result.setdefault(key, value)
                else:
                    mark = source.start_mark
                    self.problems.append(
                        problems.invalid(
                            Span(self.file, mark.line + 1, mark.column + 1),
                            'the merge key "<<" needs a mapping; it was not judged',
                            "マージキー「<<」にはマッピングが必要です。この項目は判定されていません",
                        )
                    )
        return result

    def _tagged(self, tag: str, node: Any, value: Any) -> Any:
        name = TAGS.get(tag)
        if name is not None:
            return {name: value}
        if tag.startswith(_STANDARD):
            kind = tag[len(_STANDARD) :]
            if kind in ("str", "seq", "map", "timestamp", "binary"):
                return value
            if kind in ("int", "float", "bool", "null") and isinstance(value, str):
                return scalar(value)
        return Tagged(tag, value)


class _Marks:
    """Positions from the nodes' marks."""

    __slots__ = ("_data", "_lines", "_root")

    def __init__(self, root: Any, data: bytes) -> None:
        self._root = root
        self._data = data
        self._lines: list[str] | None = None

    def place(self, path: Path) -> Place | None:
        first = node = self._root
        for step in path:
            tag = TAGS.get(node.tag)
            if tag is not None and tag == step:
                continue  # the short spelling has no key of its own
            found = _child(node, step)
            if found is None:
                return None
            first, node = found
        start = first.start_mark
        end_line, end_column = self._end(node)
        if (end_line, end_column) <= (start.line, start.column):
            mark = first.end_mark
            end_line, end_column = mark.line, max(mark.column, start.column + 1)
        return (start.line + 1, start.column + 1, end_line + 1, end_column)

    def block(self, path: Path) -> tuple[int, int] | None:
        """For a text written as a literal block ("|"): how many lines and columns of the file stand before it."""
        node = self._root
        for step in path:
            if TAGS.get(node.tag) != step:
                found = _child(node, step)
                if found is None:
                    return None
                node = found[1]
        if type(node) is not ScalarNode or node.style != "|":
            return None
        line = node.start_mark.line + 1
        return line, min(
            (len(text) - len(text.lstrip(" ")) for text in self._written_lines()[line : self._end(node)[0] + 1] if text.strip()), default=0
        )

    def _end(self, node: Any) -> tuple[int, int]:
        """Line from 0 and column (exclusive from 0). A block collection's own end mark is the start of whatever follows it."""
        while type(node) is not ScalarNode and not node.flow_style and node.value:
            last = node.value[-1]
            if isinstance(last, tuple):
                key, node = last
                if _before(node.end_mark, key.end_mark):  # an alias: its node stands further up
                    node = key
            elif _before(last.end_mark, node.start_mark):
                break
            else:
                node = last
        mark = node.end_mark
        line, column = mark.line, mark.column
        if type(node) is ScalarNode and node.style in ("|", ">"):
            line, column = self._written(line, column)
        return line, column

    def _written(self, line: int, column: int) -> tuple[int, int]:
        lines = self._written_lines()
        if line >= len(lines):
            line, column = len(lines) - 1, len(lines[-1]) if lines else 0
        text = lines[line][:column] if lines else ""
        while line > 0 and not text.strip():
            line -= 1
            text = lines[line]
        return line, len(text.rstrip())

    def _written_lines(self) -> list[str]:
        if self._lines is None:
            self._lines = _LINE_END.split(self._data.decode("utf-8"))
        return self._lines


def _before(a: Any, b: Any) -> bool:
    return (a.line, a.column) < (b.line, b.column)


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    if isinstance(step, int):
        if type(node) is SequenceNode and 0 <= step < len(node.value):
            item = node.value[step]
            return item, item
        return None
    if type(node) is not MappingNode:
        return None
    merges = []
    for key, value in node.value:
        if key.value == step:
            return key, value
        if key.value == "<<":
            merges.append(value)
    for merge in merges:
        for source in merge.value if type(merge) is SequenceNode else (merge,):
            found = _child(source, step)
            if found is not None:
                return found
    return None
