"""What an expression of one template may refer to: its parameters, mappings, conditions, resources and nested stacks."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.cloudformation import references, strings
from cloudpolicy.sources.cloudformation.conditions import Conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.model import Diagnostic, Span
    from cloudpolicy.sources.cloudformation.parameters import Parameters
    from cloudpolicy.sources.cloudformation.text import Document

    Function = Callable[[Any, "Scope", Any], Any]

FUNCTIONS: dict[str, Function] = {**references.FUNCTIONS, **strings.FUNCTIONS}


class Scope:
    """One template while it is read.

    functions   name -> (argument, scope, the whole expression) -> value
    parameters  name -> value or Unknown, the NoEcho ones hidden except while `in_condition`
    resources   logical id -> its mapping in the text, whatever its condition says; filled by the template
    loops       identifiers of Fn::ForEach whose collection is unknown -> what stands for them
    outputs     asks a nested stack: (logical id, output name) -> value, or None when the id is no readable nested stack
    spend       whether so many characters of text may be made
    tables      id of a value in Mappings -> the value resolved
    open        True when a macro or transform may add names that the text does not hold
    """

    __slots__ = (
        "conditions",
        "document",
        "functions",
        "in_condition",
        "loops",
        "mappings",
        "open",
        "outputs",
        "parameters",
        "place",
        "prefix",
        "region",
        "report",
        "resources",
        "serverless",
        "spend",
        "tables",
    )

    def __init__(
        self,
        document: Document,
        parameters: Parameters,
        mappings: dict[str, Any],
        conditions: dict[str, Any],
        region: str | Unknown,
        prefix: str,
        report: Callable[[Diagnostic], None],
        outputs: Callable[[str, str], Any],
        spend: Callable[[int], bool],
    ) -> None:
        self.document = document
        self.functions = FUNCTIONS
        self.parameters = parameters
        self.mappings = mappings
        self.region = region
        self.prefix = prefix
        self.report = report
        self.outputs = outputs
        self.spend = spend
        self.resources: dict[str, Any] = {}
        self.loops: dict[str, Unknown] = {}
        self.open = False
        self.serverless = False
        self.in_condition = False
        self.tables: dict[int, Any] = {}
        self.place: tuple[str | int, ...] = ()
        self.conditions = Conditions(conditions)

    def span_of(self, data: Any) -> Span:
        """Where `data` stands; where the resource under evaluation stands when it was made from other text."""
        path = self.document.path_of(data)
        return self.document.nearest(self.place if path is None else path)
