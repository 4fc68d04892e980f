"""The template language's functions: dispatch, and what happens when an argument is unknown.

A pure function takes plain values and raises `Bad`. When an argument is unknown it is tried with every value that the argument may take;
where these cannot be counted, the result is unknown too. Functions that make sense of unknown arguments themselves are `SPECIAL`:
they take the call and the scope.
"""

from __future__ import annotations

from cloudpolicy.model import Unknown
from cloudpolicy.sources.arm import problems
from cloudpolicy.sources.arm.functions import collections, lambdas, logic, numbers, resources, text
from cloudpolicy.sources.arm.nodes import Bad, Call, resolve
from cloudpolicy.sources.arm.values import ITEM_LIMIT, Unresolved, identity, product, references, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cloudpolicy.sources.arm.scope import Scope

    Special = Callable[[Call, Scope], Any]

SPECIAL: dict[str, Special] = {}
PURE: dict[str, Callable[..., Any]] = {}
for _module in (logic, lambdas, resources, text, collections):
    SPECIAL.update(_module.SPECIAL)
for _table in (logic.PURE, collections.PURE, numbers.PURE, text.PURE):
    PURE.update(_table)
STRICT = collections.STRICT | text.STRICT | numbers.STRICT  # not to be given containers with unknown leaves
RARE = {
    name: module
    for module, names in {
        "network": ("parsecidr", "cidrsubnet", "cidrhost"),
        "times": ("datetimeadd", "datetimefromepoch", "datetimetoepoch"),
        "files": ("loadtextcontent", "loadjsoncontent", "loadyamlcontent", "loadfileasbase64", "loaddirectoryfileinfo"),
    }.items()
    for name in names
}


def call(node: Call, scope: Scope) -> Any:
    """The value of a function call."""
    value = _call(node, scope)
    if (isinstance(value, list) and len(value) > ITEM_LIMIT) or (isinstance(value, str) and not scope.module.session.bears(value)):
        return scope.module.too_large(node.text)
    return value


def _call(node: Call, scope: Scope) -> Any:
    name = node.name.lower()
    special = SPECIAL.get(name)
    try:
        if special is not None:
            return special(node, scope)
        function = PURE.get(name)
        if function is None and name in RARE:
            import importlib

            module = importlib.import_module(f"cloudpolicy.sources.arm.functions.{RARE[name]}")
            if name in getattr(module, "SPECIAL", ()):
                return module.SPECIAL[name](node, scope)
            function = module.PURE[name]
        if function is None:
            return _own(node, scope)
        return apply(function, name, [resolve(argument, scope) for argument in node.arguments], node)
    except Bad as bad:
        return scope.module.invalid(node, bad)
    except (TypeError, ValueError, OverflowError, KeyError, IndexError, AttributeError):
        return scope.module.invalid(node, Bad("the arguments do not fit the function", "引数が関数に合いません"))


def apply(function: Callable[..., Any], name: str, arguments: list[Any], node: Call) -> Any:
    """The function's value; raises Bad."""
    if any(isinstance(argument, Unknown) for argument in arguments):
        try:
            counted = product(function, arguments, next(a.reason for a in arguments if isinstance(a, Unknown)), node.text)
        except Bad:
            counted = None  # some combination is a mistake; which one it is, the text does not say
        return unresolved(node, name, arguments) if counted is None else counted
    if name in STRICT and unknowns(arguments):
        return unresolved(node, name, arguments)
    return function(*arguments)


def unresolved(node: Call, name: str, arguments: list[Any]) -> Unresolved:
    """The call as an unknown, named by what is known of its arguments."""
    reason = next((unknown.reason for unknown in unknowns(arguments)), "known-after-deploy")
    return Unresolved(
        reason,
        node.text,
        references(arguments),
        text.known_part(name, arguments),
        None,
        f"${{{node.name}({', '.join(map(_bare, arguments))})}}",
    )


def _bare(value: Any) -> str:
    named = identity(value)
    if named.startswith("${") and named.endswith("}") and named.count("${") == 1:
        return named[2:-1]
    return f"'{named}'" if isinstance(value, str) else named


def _own(node: Call, scope: Scope) -> Any:
    """A function that the template defines; else one that we do not know."""
    template = scope.module.template
    found = template.functions.get(node.name)
    module = scope.module
    space, _, inner = node.name.rpartition(".")
    if found is None and (node.name in template.imports or space in template.imports):
        source, exported = template.imports.get(node.name) or (template.imports[space][0], inner)
        found, module = source.functions.get(exported), module.session.library(source, module)
    if found is None:
        if node.name.lower().startswith("list"):
            return resources.listed(node, scope)
        if template.broken:
            return Unresolved("unreadable", node.text)
        module.report(problems.unknown_function(module.span_of(node), node.name))
        return Unresolved("unsupported-expression", node.text)
    names, body = found
    from cloudpolicy.sources.arm.scope import Scope as Inner

    values = {name: resolve(argument, scope) for name, argument in zip(names, node.arguments, strict=False)}
    key = id(body)  # functions may not call themselves
    running = module.session.running
    if key in running:
        return Unresolved("cycle", node.text)
    running.add(key)
    try:
        return resolve(body, Inner(module, {**values, "parameters()": values}))
    finally:
        running.discard(key)
