"""Terraform's built-in functions on plain values, some of whose leaves are Unknown.

`call` is the door; each family of functions is a module of its own, loaded when one of its functions is first called.
"""

from __future__ import annotations

from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.sources.terraform.functions.common import FunctionError, Limit
from cloudpolicy.sources.terraform.types import ConversionError, freeze, joined, unknowns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Files(Protocol):
        """What the evaluator lends to file(), fileset(), templatefile() …"""

        def read_text(self, path: str) -> str: ...
        def exists(self, path: str) -> bool: ...
        def glob(self, folder: str, pattern: str) -> list[str]: ...
        def template(self, text: str, variables: dict[str, Any]) -> Any: ...


__all__ = ["NAMES", "FunctionError", "call"]

_CHOICES = 16  # more combinations of choices than this are not counted out

_FAMILIES = {
    "strings": "chomp format formatlist indent join lower replace split startswith endswith strcontains strrev substr title trim "
    "trimprefix trimspace trimsuffix upper",
    "regexes": "regex regexall",
    "collections": "alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index keys length "
    "lookup merge one reverse slice values zipmap",
    "sets": "matchkeys range setintersection setproduct setsubtract setunion sort sum transpose",
    "conversions": "ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap tonumber toset tostring",
    "numbers": "abs ceil floor log max min parseint pow signum",
    "encoding": "base64decode base64encode base64gzip csvdecode jsondecode jsonencode textdecodebase64 textencodebase64 urlencode "
    "yamldecode yamlencode",
    "network": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "times": "formatdate timeadd timecmp",
    "hashing": "base64sha256 base64sha512 md5 sha1 sha256 sha512 uuidv5",
    "files": "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 fileset filesha1 filesha256 "
    "filesha512 pathexpand templatefile templatestring",
    "impure": "bcrypt plantimestamp rsadecrypt timestamp uuid",
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names.split()}
NAMES = frozenset(_FAMILY)


def call(name: str, args: list[Any], files: Files | None = None) -> Any:
    """The value of the function `name` for `args`.

    Where an unknown argument leaves the result open it is an Unknown that carries every unknown argument's references; structure that
    is known all the same stays (a list whose leaves are Unknown). Raises FunctionError for a call that Terraform would refuse.
    """
    name = name.removeprefix("core::")
    if "::" in name:  # a provider's function runs in the provider
        return Unknown("unsupported-expression", f"{name}()", _references(args))
    family = _FAMILY.get(name)
    if family is None:
        raise FunctionError(f'there is no function named "{name}"')
    if family == "impure":
        return Unknown("unsupported-expression", f"{name}()", _references(args))
    function, least, most, lazy = _load(family)[name]
    if len(args) < least or (most is not None and len(args) > most):
        raise FunctionError(f"{name} does not take {len(args)} argument{'' if len(args) == 1 else 's'}")
    result = _run(name, function, args, (files,) if family == "files" else (), lazy)
    if (
        isinstance(result, Unknown)
        and result.reason != "expansion-limit"
        and (result.choices is None or any(isinstance(choice, Unknown) for choice in result.choices))
    ):
        return _with_choices(result, name, args, files)
    return result


def _run(name: str, function: Callable[..., Any], args: list[Any], lent: tuple[Any, ...], lazy: bool) -> Any:
    try:
        if not lazy:
            lost = unknowns(args)
            if lost:
                return joined(lost)
        return function(*lent, *args)
    except FunctionError:
        raise
    except Limit:
        return Unknown("expansion-limit", f"{name}()", _references(args))
    except ConversionError as error:
        raise FunctionError(f"{name}: {error}") from None
    except RecursionError:
        raise FunctionError(f"{name}: the value is nested too deeply") from None
    except Exception as error:  # whatever Python says of a bad value: for the user it is a bad call
        raise FunctionError(f"{name}: {error}") from None


def _load(family: str) -> dict[str, tuple[Callable[..., Any], int, int | None, bool]]:
    from importlib import import_module

    table: dict[str, tuple[Callable[..., Any], int, int | None, bool]]
    table = import_module(f"cloudpolicy.sources.terraform.functions.{family}").TABLE
    return table


def _references(args: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in unknowns(args) for name in one.references))


def _with_choices(result: Unknown, name: str, args: list[Any], files: Files | None) -> Any:
    """Count out the results when an argument is one of a few values; one and the same result is no longer unknown."""
    count = 1
    for arg in args:
        if isinstance(arg, Unknown) and arg.choices:
            count *= len(arg.choices)
    if not 1 < count <= _CHOICES:
        return result
    rows: list[list[Any]] = [[]]
    for arg in args:
        options = arg.choices if isinstance(arg, Unknown) and arg.choices else (arg,)
        rows = [[*row, None if option is ABSENT else option] for row in rows for option in options]
    results: dict[Any, Any] = {}
    for row in rows:
        try:
            value = call(name, row, files)
        except FunctionError:
            continue  # Terraform would refuse to plan with this choice, so it is none
        if isinstance(value, Unknown) and value.partial is None and value.choices is None:
            return result
        results[freeze(value)] = value
    values = list(results.values())
    if not values:
        return result
    if len(values) == 1:
        return values[0]
    return Unknown(result.reason, result.expression, result.references, result.partial, tuple(values))
