"""One template in its place in the estate: its parameters, variables, resources, outputs, and the deployments nested in it."""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm import ids, problems
from cloudpolicy.sources.arm.handles import Handle, Library
from cloudpolicy.sources.arm.instances import Declared, Instance
from cloudpolicy.sources.arm.nodes import Bad, Node, resolve, truth
from cloudpolicy.sources.arm.scope import Scope
from cloudpolicy.sources.arm.template import NONE, Template
from cloudpolicy.sources.arm.values import CHOICE_LIMIT, Fields, Unresolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cloudpolicy.model import Path, Span
    from cloudpolicy.sources.arm.session import Session

CHAIN_LIMIT = 60  # variables that refer to variables that refer to variables …
COPY_LIMIT = 800  # copies of one resource that the service makes
_RUNNING: Any = object()


class Module:
    """given       parameter values from outside: plain or Unknown
    prefix      what stands before its addresses: "" or "network/"
    outer       the scope whose parameters and variables it sees (nested deployments with outer evaluation), else None
    ancestors   files around it, to notice cycles
    conditional True when a deployment around it may not happen
    """

    __slots__ = (
        "_addresses",
        "_by_key",
        "_by_name",
        "_chain",
        "_inner_symbols",
        "_instances",
        "_nested",
        "_parameters",
        "_quiet",
        "_settled",
        "_symbols",
        "_variables",
        "ancestors",
        "conditional",
        "given",
        "outer",
        "place",
        "prefix",
        "region",
        "session",
        "template",
    )

    def __init__(
        self,
        session: Session,
        template: Template,
        given: Mapping[str, Any],
        region: Any,
        prefix: str = "",
        ancestors: tuple[str, ...] = (),
        conditional: bool = False,
        outer: Scope | None = None,
    ) -> None:
        self.session = session
        self.template = template
        self.given = given
        self.region = region
        self.prefix = prefix
        self.ancestors = (*ancestors, session.normal(template.document.file))
        self.conditional = conditional
        self.outer = outer
        self.place: Path = ()
        self._parameters: dict[str, Any] = {}
        self._variables: dict[str, Any] = {}
        self._chain: list[str] = []
        self._quiet = 0
        self._instances: dict[int, Any] = {}
        self._by_key: dict[tuple[str, str], Instance] = {}
        self._by_name: dict[str, list[Instance]] = {}
        self._settled = False
        self._addresses: dict[str, Instance] = {}
        self._symbols = {declared.symbol: declared for declared in template.resources if declared.symbol}
        self._inner_symbols: dict[str, list[str]] = {}  # of resources nested in others: they see each other by their own names
        for symbol in self._symbols:
            if "::" in symbol:
                self._inner_symbols.setdefault(symbol.rpartition("::")[2], []).append(symbol)
        self._nested: dict[str, Module | None] = {}
        session.modules.append(self)

    @property
    def scope(self) -> Scope:
        """The scope outside of all loops; made anew, because a module that held it would hold itself."""
        return Scope(self, self.outer.locals if self.outer is not None else None)

    # Names

    def named(self, name: str, node: Node) -> Any:
        """A Bicep identifier: parameter, variable, resource, module or import."""
        if name in self.template.parameters:
            return self.parameter(name, node)
        if name in self.template.variables:
            return self.variable(name, node)
        if name in self._symbols:
            return self.symbol(name, node)
        if name in self.template.imports:
            template, exported = self.template.imports[name]
            if exported == "*":
                return Library(template, node.text)
            return self.session.library(template, self).named(exported, node)
        if name in ("az", "sys"):
            return Fields()
        inner = self._inner_symbols.get(name, ())
        if len(inner) == 1:
            return self.symbol(inner[0], node)
        if self.template.broken:
            return Unresolved("unreadable", node.text)
        self.report(problems.undefined(self.span_of(node), "name", "名前", name))
        return Unresolved("invalid-expression", node.text)

    def parameter(self, name: str, node: Node) -> Any:
        if self.outer is not None:
            return self.outer.module.parameter(name, node)
        declared = self.template.parameters.get(name)
        if declared is None:
            self.report(problems.undefined(self.span_of(node), "parameter", "パラメータ", name))
            return Unresolved("invalid-expression", node.text)
        key = name.lower() if self.template.any_case else name
        if key not in self._parameters:
            self._parameters[key] = _RUNNING
            self._parameters[key] = self._parameter(name, declared)
        if self._parameters[key] is _RUNNING:
            return self._cycle(name, node)
        return self._parameters[key]

    def _parameter(self, name: str, declared: Any) -> Any:
        expression = f"parameters('{name}')" if self.template.any_case else name
        named = f"${{{self.prefix}{expression}}}"
        if declared.secure:
            passed = self.given.get(name)
            if isinstance(passed, Unknown):
                return passed
            return Unresolved("parameter-without-value", expression, (), None, None, named)
        if name in self.given:
            return self.given[name]
        if declared.default is not NONE:
            return self._enter(name, declared.default, self.scope)
        if declared.nullable:
            return None
        choices: tuple[Any, ...] | None = None
        if (
            declared.allowed
            and len(declared.allowed) <= CHOICE_LIMIT
            and not any(isinstance(value, (dict, list, Node)) for value in declared.allowed)
        ):
            choices = tuple(declared.allowed)
        elif declared.kind == "bool":
            choices = (True, False)
        return Unresolved("parameter-without-value", expression, (), None, choices, named)

    def variable(self, name: str, node: Node) -> Any:
        if self.outer is not None:
            return self.outer.module.variable(name, node)
        if name not in self.template.variables:
            self.report(problems.undefined(self.span_of(node), "variable", "変数", name))
            return Unresolved("invalid-expression", node.text)
        key = name.lower() if self.template.any_case else name
        if key not in self._variables:
            self._variables[key] = _RUNNING
            self._variables[key] = self._enter(name, self.template.variables[name], self.scope)
        if self._variables[key] is _RUNNING:
            return self._cycle(name, node)
        return self._variables[key]

    def _enter(self, name: str, data: Any, scope: Scope) -> Any:
        if len(self._chain) >= CHAIN_LIMIT:
            self.report(
                problems.problem(
                    "error",
                    "too-deep",
                    self.session.span(self, self.place),
                    f"more than {CHAIN_LIMIT} names refer to each other; shorten the chain, it counts as unknown",
                    f"名前の参照が {CHAIN_LIMIT} 段を超えて連なっています。短くしてください。値は不明として扱います",
                )
            )
            return Unresolved("expansion-limit", name)
        self._chain.append(name)
        try:
            return self.bearable(resolve(data, scope), name)
        finally:
            self._chain.pop()

    def bearable(self, value: Any, expression: str) -> Any:
        """The value, or an unknown (and a diagnostic) when it is too large to be worked with."""
        return value if self.session.bears(value) else self.too_large(expression)

    def too_large(self, expression: str) -> Unknown:
        self.report(
            problems.problem(
                "error",
                "expansion-limit",
                self.session.span(self, self.place),
                f"{expression} becomes larger than what is evaluated; it counts as unknown. Make it smaller",
                f"{expression} の値が評価できる大きさを超えます。不明として扱います。小さくしてください",
            )
        )
        return Unresolved("expansion-limit", expression)

    def _cycle(self, name: str, node: Node) -> Unknown:
        chain = " -> ".join([*self._chain[self._chain.index(name) :], name]) if name in self._chain else name
        self.report(problems.cycle(self.span_of(node), chain))
        return Unresolved("cycle", node.text)

    def symbol(self, name: str, node: Node) -> Any:
        """A symbolic name: a handle, or a list of them for a loop."""
        declared = self._symbols.get(name)
        if declared is None:
            return None
        found = self.instances(declared)
        handles = [Handle(instance, node.text) for instance in found]
        if declared.loop is not None:
            if len(found) == 1 and found[0].conditional and found[0].address.endswith("[…]"):
                return Unresolved("condition-undetermined", node.text, found[0].references)
            return handles
        if not handles:  # its condition does not hold
            return Unresolved("not-in-estate", node.text)
        return handles[0]

    def child(self, instance: Instance, key: str, node: Node) -> Any:
        """resource[0]::child"""
        declared = self._symbols.get(f"{instance.declared.symbol}{key}")
        for found in self.instances(declared) if declared is not None else ():
            if found.parent is instance:
                return Handle(found, node.text)
        return Unresolved("known-after-deploy", node.text, instance.references)

    # Resources

    def instances(self, declared: Declared) -> list[Instance]:
        """The instances of one declaration; none when its condition does not hold."""
        known = self._instances.get(id(declared))
        if known is None:
            self._instances[id(declared)] = _RUNNING
            known = self._instances[id(declared)] = self._instantiate(declared)
        if known is _RUNNING:
            self.report(problems.cycle(self.template.document.nearest(declared.place), declared.symbol or declared.type))
            return []
        found: list[Instance] = known
        return found

    def _instantiate(self, declared: Declared) -> list[Instance]:
        outer, self.place = self.place, declared.place
        found: list[Instance] = []
        try:
            for parent in self.instances(declared.within) if declared.within is not None else [None]:
                names = parent.names if parent is not None else self.scope.locals
                for bound, sure, mark in self._rounds(declared, names):
                    scope = Scope(self, bound)
                    holds = truth(resolve(declared.condition, scope)) if declared.condition is not True else True
                    if holds is False:
                        self.session.note("excluded", [self.prefix + (declared.symbol or declared.type) + mark])
                        continue
                    above = parent if parent is not None else self._parent(declared, scope)
                    conditional = self.conditional or holds is None or not sure or (above is not None and above.conditional)
                    instance = Instance(declared, bound, above, conditional)
                    instance.identify(resolve(declared.body.get("name", ""), scope))
                    self._address(instance, mark)
                    found.append(instance)
        finally:
            self.place = outer
        return found

    def _rounds(self, declared: Declared, names: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool, str]]:
        """(names bound, whether the round happens for certain, mark of the instance)"""
        loop = declared.loop
        if loop is None:
            yield names, True, ""
            return
        scope = Scope(self, names)
        rounds = loop.rounds(scope)
        if isinstance(rounds, list) and len(rounds) > COPY_LIMIT:
            self.limit(loop, len(rounds), COPY_LIMIT)
            rounds = Unresolved("expansion-limit", loop.text)
        if isinstance(rounds, Unknown):
            item = Unresolved(rounds.reason, f"each of {rounds.expression}", rounds.references)
            yield {**names, **loop.bind(item, None)}, False, "[…]"
            return
        for index, item in enumerate(rounds):
            bound = {**names, **loop.bind(item, index)}
            keep = truth(resolve(loop.keep, Scope(self, bound))) if loop.keep is not None else True
            if keep is not False:
                yield bound, keep is True, f"[{index}]"

    def _parent(self, declared: Declared, scope: Scope) -> Instance | None:
        if declared.parent is None:
            return None
        handle = resolve(declared.parent, scope)
        return self.instance_at(handle.address) if isinstance(handle, Handle) else None

    def _address(self, instance: Instance, mark: str) -> None:
        if instance.declared.symbol:
            address = f"{self.prefix}{instance.declared.symbol}{mark}"
        elif instance.declared.deploys:
            address = f"{self.prefix}{instance.shown}"
        else:
            address = f"{self.prefix}{instance.type}/{instance.shown}"
        instance.address = self.session.unique(address, mark)
        self._addresses[instance.address] = instance
        type, name = instance.key
        known = self._by_key.get((type, name))
        if known is None or known.existing:
            self._by_key[type, name] = instance
        if not instance.existing:
            self.session.named.setdefault((type, name), []).append(instance.address)
        self._by_name.setdefault(name, []).append(instance)

    def instance_at(self, address: str) -> Instance | None:
        found = self._addresses.get(address)
        return self.outer.module.instance_at(address) if found is None and self.outer is not None else found

    def find(self, type: str, name: str) -> Instance | None:
        """The instance of that full type and name (its identity), here or in the deployment around.

        While names and conditions are evaluated only those that are named already are found: the name of one resource may be made from the id
        of another, and the text of the id is all that it needs.
        """
        found = self._by_key.get((type.lower(), name.lower()))
        return self.outer.module.find(type, name) if found is None and self.outer is not None else found

    def settle(self) -> None:
        """Name every resource, so that ids find what they refer to."""
        if not self._settled:
            for declared in self.template.resources:
                self.instances(declared)
            self._settled = True
            self._variables.clear()  # ids in them may have been made before their resource was named
            self._parameters.clear()

    def alone(self, name: str) -> Instance | None:
        """The one instance that has this name, whatever its type; among those that are named already."""
        found = self._by_name.get(name.lower(), ())
        return found[0] if len(found) == 1 else None

    def id_of(self, instance: Instance, expression: str) -> Any:
        return ids.of_instance(self, instance, expression)

    def written(self, instance: Instance, route: tuple[str, ...], key: str) -> tuple[bool, Any]:
        """(whether the text writes it, value) of one attribute of a resource of this module."""
        module = self if instance.address in self._addresses else self.outer.module if self.outer is not None else self
        data: Any = instance.declared.body
        for step in route:
            data = data.get(step) if isinstance(data, dict) else None
        scope = Scope(module, instance.names)
        if isinstance(data, Node):
            data = resolve(data, scope)
        if not isinstance(data, dict) or (written := Fields(data).written(key)) is None:
            return False, None
        running = (instance.address, *route, key.lower())
        if running in self.session.running:
            return True, Unresolved("cycle", f"{instance.declared.symbol or instance.type}.{key}", instance.references)
        self.session.running.add(running)
        try:
            return True, resolve(data[written], scope)
        finally:
            self.session.running.discard(running)

    def read(self) -> None:
        """Put this template's resources, and those of the deployments nested in it, into the session."""
        from cloudpolicy.sources.arm import reading

        reading.read(self)

    # Nested deployments

    def nested(self, instance: Instance) -> Module | None:
        """The module of a nested deployment; None, and a diagnostic, when its template cannot be read."""
        address = instance.address
        if address not in self._nested:
            from cloudpolicy.sources.arm import nested

            self._nested[address] = None
            self._nested[address] = nested.open_module(self, instance)
        return self._nested[address]

    def output_of(self, instance: Instance, name: str) -> Any:
        if instance.address not in self._addresses and self.outer is not None:
            return self.outer.module.output_of(instance, name)
        child = self.nested(instance)
        if child is None:
            return Unresolved("missing-module", "", instance.references)
        if child.outer is not None:
            return Unresolved("known-after-deploy", "", instance.references)
        return child.output(name, instance)

    def output(self, name: str, instance: Instance) -> Any:
        from cloudpolicy.sources.arm.handles import detach

        if name not in self.template.outputs:
            return Unresolved("invalid-expression", "", instance.references)
        running = (self.prefix, "output", name.lower())
        if running in self.session.running:
            return Unresolved("cycle", "", instance.references)
        self.settle()
        self.session.running.add(running)
        try:
            return detach(self._enter(name, self.template.outputs[name], self.scope))
        finally:
            self.session.running.discard(running)

    # Reporting

    def quiet(self) -> Module:
        """`with module.quiet():` mistakes in what may never be evaluated are not reported."""
        return self

    def __enter__(self) -> None:
        self._quiet += 1

    def __exit__(self, *_: object) -> None:
        self._quiet -= 1

    def report(self, diagnostic: Any) -> None:
        if not self._quiet:
            self.session.report(diagnostic)

    def span_of(self, node: Node) -> Span:
        return self.session.span(self, self.place, node)

    def invalid(self, node: Node, bad: Bad) -> Unknown:
        """Report an expression that fails for certain."""
        self.report(
            problems.problem(
                "warning",
                "invalid-expression",
                self.span_of(node),
                f"{node.text}: {bad.en}; it counts as unknown, correct it",
                f"{node.text}: {bad.ja}。値は不明として扱います。修正してください",
            )
        )
        return Unresolved("invalid-expression", node.text)

    def limit(self, node: Node, count: int, limit: int = 10_000) -> None:
        self.report(
            problems.problem(
                "error",
                "expansion-limit",
                self.span_of(node),
                f"{node.text} makes {count:,} copies; at most {limit:,} are made here, they count as unknown. Make fewer, or split the template",
                f"{node.text} は {count:,} 個の複製を作ります(上限 {limit:,})。不明として扱います。数を減らすかテンプレートを分割してください",
            )
        )

    def release(self) -> None:
        """Open the circles that hold this module; conditions can still be evaluated, for places."""
        self._nested = {}
