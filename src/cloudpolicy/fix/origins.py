"""Where the value of a variable or parameter is set, and whether it may be changed there.

A variable is followed only where the failing attribute is that variable and nothing else: from module to caller, to a variables or parameter file,
to its default. It is changed only where a plain value stands, and only when nothing but failing attributes that want this very value changes with it.
"""

from __future__ import annotations

from cloudpolicy.fix import origins_templates
from cloudpolicy.model import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from cloudpolicy.fix.operations import Elsewhere
    from cloudpolicy.fix.trial import State
    from cloudpolicy.model import Path, Resource

    Read = Callable[[str], bytes]
    Wanted = dict[tuple[str, tuple[str, ...]], list[Any]]  # (address, names of the path) -> the values that would make it pass

_TERRAFORM = ("var.", "local.", "each.")  # what can be followed; the rest are attributes of resources


def changed(state: State, resource: Resource, at: Elsewhere, value: Any, read: Read) -> tuple[str, bytes] | None:
    """(file, its text) with `value` where what is named, as `resource` sees it, is set; None where it is nothing that is set. Raises NotEditable."""
    if state.estate.source == "hcl":
        from cloudpolicy.fix.origins_terraform import Origins

        return Origins(state, resource, read).changed(at.name, at.steps, value) if at.name.startswith(_TERRAFORM) else None
    return origins_templates.changed(state, resource, at, value, read)


def also_changed(before: Mapping[int, State], after: Mapping[int, State], wanted: Wanted) -> str | None:
    """The address of a resource that came, went or changed without being asked to; None when the variable decides nothing else."""
    for index, state in after.items():
        old = before[index]
        if state.addresses != old.addresses:
            return min(state.addresses ^ old.addresses)
        for resource in state.estate.resources:
            known = old.estate.at(resource.address)
            if resource.type in origins_templates.PASSING or known is None:
                continue
            for path, value in _differences(known.values, resource.values, ()):
                if value not in wanted.get((resource.address, names(path)), ()):
                    return resource.address
    return None


def names(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from _differences(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(*pair, (*path, number))
    elif old != new and not (isinstance(old, Unknown) and isinstance(new, Unknown)):
        yield path, new
