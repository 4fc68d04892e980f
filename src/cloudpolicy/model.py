"""What a source yields and a policy reads: estates, resources, values that may be unknown, and where they stand.

Plain classes with slots, no dataclasses: importing `dataclasses` alone costs more than a whole evaluation.
"""

from __future__ import annotations

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from typing import Any, Literal

    Path = tuple[str | int, ...]  # ("ingress", 0, "cidr_blocks", 1), from the resource's root
    Format = Literal["terraform", "cloudformation", "arm"]
    Severity = Literal["error", "warning", "note"]


class Verdict:
    """The four verdicts of a policy on a resource, as they stand in reports."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class _Absent:
    """An attribute that is not written at all (or is a literal null): the provider's default applies."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()

CONFIGURATION = ("provider.", "terraform.")  # beginnings of the types that stand for Terraform's own settings, not for deployed resources


class Span:
    """A place in a file: `file` as an absolute path in the system's own spelling, lines and columns from 1, end inclusive."""

    __slots__ = ("column", "end_column", "end_line", "file", "line")

    def __init__(self, file: str, line: int = 1, column: int = 1, end_line: int = 0, end_column: int = 0) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.end_line = end_line or line
        self.end_column = end_column

    def _key(self) -> tuple[str, int, int, int, int]:
        return (self.file, self.line, self.column, self.end_line, self.end_column)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Span({self.file}:{self.line}:{self.column}-{self.end_line}:{self.end_column})"


class Unknown:
    """A value that exists but cannot be resolved from the text. Different from absent.

    reason       a key of `cloudpolicy.reasons.REASONS`: why, and what would settle it
    expression   the source text of the expression ("var.cidr", "!Ref Cidr"), shortened for people
    references   addresses of resources of the same estate that the value is made from ("aws_s3_bucket.b[0]", "Bucket")
    partial      what is known of it: a str whose unknown parts stand as "${…}", or a dict/list whose leaves may be Unknown
                 (a policy document with one ARN in it that is known after apply); None when nothing is known
    choices      the values it may take, when they can be counted: both branches of a conditional, allowed values; may hold ABSENT
    """

    __slots__ = ("choices", "expression", "partial", "reason", "references")

    def __init__(
        self,
        reason: str,
        expression: str = "",
        references: tuple[str, ...] = (),
        partial: Any = None,
        choices: tuple[Any, ...] | None = None,
    ) -> None:
        self.reason = reason
        self.expression = expression
        self.references = references
        self.partial = partial
        self.choices = choices

    def _key(self) -> tuple[Any, ...]:
        return (self.reason, self.expression, self.references, self.partial, self.choices)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.reason, self.expression, self.references))

    def __repr__(self) -> str:
        return f"Unknown({self.reason}: {self.expression})"


class Resource:
    """One declared resource instance.

    type         as the format spells it: "aws_s3_bucket", "AWS::S3::Bucket"; Terraform data sources are "data.aws_iam_policy_document"
    address      unique in its estate, as the format's own tools print it: 'module.a.aws_s3_bucket.b["x"]', "Bucket",
                 "Nested/Bucket" for a nested stack's
    values       attribute name -> plain Python value (None, bool, int, float, str, list, dict) whose leaves may be Unknown.
                 Terraform nested blocks are always a list of dicts, however many there are. An attribute that is not written, or is
                 a literal null, is not in the dict.
    span         the whole block, first line to last
    region       where it goes: "ap-northeast-1", an Unknown, or None where the format or provider names none
    conditional  True when it cannot be told whether the resource exists (count, for_each or Condition unresolved)
    """

    __slots__ = ("_locate", "address", "conditional", "region", "span", "type", "values")

    def __init__(
        self,
        type: str,
        address: str,
        values: dict[str, Any],
        span: Span,
        locate: Callable[[Path], Span | None] | None = None,
        region: str | Unknown | None = None,
        conditional: bool = False,
    ) -> None:
        self.type = type
        self.address = address
        self.values = values
        self.span = span
        self.region = region
        self.conditional = conditional
        self._locate = locate

    @property
    def locator(self) -> Callable[[Path], Span | None] | None:
        """What its source answers `locate` with."""
        return self._locate

    def locate(self, path: Path) -> Span:
        """The span of the attribute at `path`, or of its nearest written ancestor; the whole block when nothing of it is written."""
        locate = self._locate
        if locate is not None:
            while path:
                span = locate(path)
                if span is not None:
                    return span
                path = path[:-1]
        return self.span

    def __repr__(self) -> str:
        return f"Resource({self.address})"


class Diagnostic:
    """Something that could not be read, resolved or configured; `error` makes the exit status 2.

    code   kebab-case, stable: "syntax-error", "module-not-fetched"
    text   one sentence that says what is wrong and what to do
    span   the file and, where there is one, the line; None only for the command line itself
    """

    __slots__ = ("code", "severity", "span", "text")

    def __init__(self, severity: Severity, code: str, text: Text, span: Span | None = None) -> None:
        self.severity = severity
        self.code = code
        self.text = text
        self.span = span

    def __repr__(self) -> str:
        return f"Diagnostic({self.severity} {self.code}: {self.text.en})"


def type_key(type: str) -> str:
    """A resource type as an index key: Azure Resource Manager's types are the same in any case."""
    return type.casefold() if "/" in type else type


class Estate:
    """What is deployed together: one root module, one plan, one template with its nested ones.

    root        absolute path of the folder (root module) or file (plan, template)
    format      which resource types its policies speak of
    source      "hcl", "plan", "template", "arm", "bicep": which reader made it
    inputs      absolute paths of every file that was read, in order
    region      the estate's own default region, where it has one
    opaque      addresses that are handed to something which could not be read (a module that is not on disk): a companion
                resource may exist there; `beyond` is the reason (a key of REASONS) why it cannot be told
    versions    provider -> version it is pinned to, as a tuple of ints: {"aws": (5, 100, 0)}; lower bound of the constraint
                when there is no lock file; missing when neither is there
    outside     texts that a plan was given from outside (variables without a default, data sources) and shows like literals: only for
                telling a password that stands in the configuration from one that does not; never printed
    notes       what the report should say of how it was read, e.g. {"workspace": "default", "defaults": ["env"]}
    """

    __slots__ = (
        "_by_address",
        "_by_type",
        "beyond",
        "diagnostics",
        "format",
        "inputs",
        "links",
        "notes",
        "opaque",
        "outside",
        "region",
        "resources",
        "root",
        "source",
        "versions",
    )

    def __init__(
        self,
        root: str,
        format: Format,
        source: str,
        resources: list[Resource],
        diagnostics: list[Diagnostic] | None = None,
        inputs: Iterable[str] = (),
        region: str | Unknown | None = None,
        opaque: Iterable[str] = (),
        versions: Mapping[str, tuple[int, ...]] | None = None,
        notes: dict[str, Any] | None = None,
    ) -> None:
        self.root = root
        self.format: Format = format
        self.source = source
        self.resources = resources
        self.diagnostics = diagnostics if diagnostics is not None else []
        self.inputs = list(inputs)
        self.region = region
        self.opaque = frozenset(opaque)
        self.beyond = "missing-module"
        self.versions = dict(versions or {})
        self.notes = notes or {}
        self.outside: frozenset[str] = frozenset()
        self.links: dict[Any, Any] = {}  # evaluate.links keeps its indexes here, one per kind of link
        self._by_type: dict[str, list[Resource]] | None = None
        self._by_address: dict[str, Resource] | None = None

    def of_type(self, type: str) -> list[Resource]:
        """Resources of one type, in the order of declaration."""
        if self._by_type is None:
            self._by_type = {}
            for resource in self.resources:
                self._by_type.setdefault(type_key(resource.type), []).append(resource)
        return self._by_type.get(type_key(type), [])

    def types(self) -> Iterable[str]:
        self.of_type("")
        return (self._by_type or {}).keys()

    def at(self, address: str) -> Resource | None:
        if self._by_address is None:
            self._by_address = {resource.address: resource for resource in self.resources}
        return self._by_address.get(address)

    def remove(self, addresses: Container[str]) -> None:
        """Forget resources that turn out not to be there."""
        self.resources = [resource for resource in self.resources if resource.address not in addresses]
        self._by_type = self._by_address = None

    def __repr__(self) -> str:
        return f"Estate({self.root}, {len(self.resources)} resources)"
