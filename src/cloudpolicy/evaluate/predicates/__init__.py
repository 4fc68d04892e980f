"""Named predicates: what a table of conditions cannot say. `area.name` in a policy is function `name` of the module `area` here.

A module is imported when a policy that uses it first meets a resource of its type.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.model import Estate, Path, Resource

    Predicate = Callable[..., "Truth | Located"]


class Context:
    """What a predicate may look at besides its arguments.

    settings    the configuration's statements on this path: scope, data_class, availability
    parameters  the policy's parameters with the customer's values
    """

    __slots__ = ("estate", "parameters", "resource", "settings")

    def __init__(self, estate: Estate, resource: Resource, settings: dict[str, Any], parameters: dict[str, Any]) -> None:
        self.estate = estate
        self.resource = resource
        self.settings = settings
        self.parameters = parameters


class Located:
    """A predicate's answer with the place that decided it, when that is not the first argument.

    `path` starts at the resource's root; `seen` is the deciding value (masked by the engine for policies that ask for it).
    `argument` names the argument that decided instead, whose path the policy knows.
    `also` are further places with the same truth, as (path, value seen): where there are several, none is left out.
    """

    __slots__ = ("also", "argument", "path", "seen", "truth")

    def __init__(self, truth: Truth, path: Path = (), seen: Any = None, argument: str = "", also: Sequence[tuple[Path, Any]] = ()) -> None:
        self.also = also
        self.truth = truth
        self.argument = argument
        self.path = path
        self.seen = seen


def predicate(function: Predicate) -> Predicate:
    """Marks a function as callable from a policy; its docstring's first sentence says when it is true."""
    function.is_predicate = True  # type: ignore[attr-defined]
    return function


def find(name: str) -> Predicate:
    """The predicate called `area.name`; raises LookupError."""
    area, _, function_name = name.partition(".")
    if not (area.isidentifier() and function_name.isidentifier()):
        raise LookupError(name)
    try:
        module = __import__(f"{__name__}.{area}", fromlist=[function_name])
    except ModuleNotFoundError:
        raise LookupError(name) from None
    function: Predicate | None = getattr(module, function_name, None)
    if function is None or not getattr(function, "is_predicate", False):
        raise LookupError(name)
    return function
