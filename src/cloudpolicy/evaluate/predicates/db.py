"""Databases: whether an engine's parameters make clients use TLS."""

from __future__ import annotations

import re

from cloudpolicy.evaluate.logic import choose
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

# engine of a parameter group family -> (parameter that makes TLS compulsory, first version that has it on by default)
_PARAMETERS: dict[str, tuple[str, tuple[int, ...] | None]] = {
    "postgres": ("rds.force_ssl", (15,)),
    "aurora-postgresql": ("rds.force_ssl", (17,)),
    "sqlserver": ("rds.force_ssl", None),
    "mysql": ("require_secure_transport", (9, 7)),
    "aurora-mysql": ("require_secure_transport", (8, 4)),
    "mariadb": ("require_secure_transport", (11, 8)),
}
_ON = frozenset({"1", "on", "true"})


@predicate
def forces_tls(context: Context, family: Any = ABSENT, parameters: Any = ABSENT) -> Truth:
    """True when a parameter group makes TLS compulsory: by its own parameter, or by the default of its family.

    family      "postgres16", "aurora-mysql8.0", "sqlserver-se-15.0"
    parameters  a list of {name, value} (Terraform) or a mapping of names to values (CloudFormation)
    """
    return _forced(family, parameters)


def _forced(family: Any, parameters: Any) -> Truth:
    if isinstance(family, Unknown):
        if family.choices is None:
            return family
        return choose((_forced(choice, parameters) for choice in family.choices), family)
    engine, version = _split(str(family))
    if engine is None:
        return True  # an engine without such a parameter
    name, since = _PARAMETERS[engine]
    value = _value(parameters, name)
    if value is ABSENT:
        return since is not None and version >= since
    if isinstance(value, Unknown):
        return value if value.choices is None else choose((_on(choice) for choice in value.choices if choice is not ABSENT), value)
    return _on(value)


@predicate
def default_forces_tls(context: Context, engine: Any = ABSENT, version: Any = ABSENT, group: Any = ABSENT) -> Truth:
    """True when a database without a parameter group of its own (or with "default.…") makes TLS compulsory by its engine's version.

    False for a group of its own, which has to be looked at; unknown when the version decides and is not written.
    """
    if isinstance(group, Unknown):
        return False if group.references else group
    if group is not ABSENT and group != "":
        return str(group).startswith("default.") and _forced(str(group).removeprefix("default."), ABSENT)
    if isinstance(engine, Unknown):
        return engine
    name, _ = _split(str(engine))
    if name is None:
        return True
    since = _PARAMETERS[name][1]
    if since is None:
        return False
    if isinstance(version, Unknown):
        return version
    if version is ABSENT:
        return Unknown("provider-default")  # the service takes its newest version, today; an old database keeps its own
    return _numbers(str(version)) >= since


@predicate
def own_group(context: Context, group: Any) -> Truth:
    """True when a parameter group of one's own is named, not one of the service's (default.…)."""
    if isinstance(group, Unknown):
        return True if group.references else group
    return group is not ABSENT and not str(group).startswith("default.")


def _split(family: str) -> tuple[str | None, tuple[int, ...]]:
    """("aurora-mysql", (8, 0)) of "aurora-mysql8.0" or of an engine's name; (None, ()) when TLS cannot be made compulsory so."""
    text = family.casefold()
    for engine in sorted(_PARAMETERS, key=len, reverse=True):
        if text.startswith(engine):
            return engine, _numbers(text[len(engine) :])
    return None, ()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _value(parameters: Any, name: str) -> Any:
    """The value of one parameter; an Unknown where it cannot be told whether it is set."""
    if isinstance(parameters, Unknown):
        return parameters if parameters.partial is None else _value(parameters.partial, name)
    if isinstance(parameters, dict):
        return next((value for key, value in parameters.items() if str(key).casefold() == name), ABSENT)
    doubt: Any = ABSENT
    for item in parameters if isinstance(parameters, list) else ():
        own = item if isinstance(item, Unknown) else item.get("name", ABSENT) if isinstance(item, dict) else ABSENT
        if isinstance(own, Unknown):
            doubt = own if own.choices is None else Unknown(own.reason, own.expression)
        elif isinstance(item, dict) and str(own).casefold() == name:
            return item.get("value", ABSENT)
    return doubt


def _on(value: Any) -> Truth:
    return value if isinstance(value, Unknown) else str(value).strip().casefold() in _ON


# What is the case when a predicate holds, and when it does not.
WORDS = {
    "forces_tls": Text("makes TLS compulsory", "TLSを必須としています"),
    "own_group": Text("a parameter group of its own is named", "独自のパラメータグループを指定しています"),
    "default_forces_tls": Text("makes TLS compulsory by default", "既定でTLSを必須としています"),
}
WORDS_FALSE = {
    "forces_tls": Text(
        "the parameter group does not make TLS compulsory (rds.force_ssl, require_secure_transport)",
        "パラメータグループがTLSを必須としていません(rds.force_ssl、require_secure_transport)",
    ),
    "own_group": Text(
        "no parameter group that makes TLS compulsory is named, and the default one does not",
        "TLSを必須とするパラメータグループを指定しておらず、既定のものは必須としません",
    ),
    "default_forces_tls": Text("the default parameter group does not make TLS compulsory", "既定のパラメータグループはTLSを必須としません"),
}
