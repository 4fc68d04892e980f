"""Scanning of images: whether the registry's own rules cover a repository."""

from __future__ import annotations

from cloudpolicy.evaluate.logic import all_of, any_of
from cloudpolicy.evaluate.predicates import predicate
from cloudpolicy.model import ABSENT, Unknown
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cloudpolicy.evaluate.logic import Truth
    from cloudpolicy.evaluate.predicates import Context

# settings of the registry -> names of: rules, how often, filters, filter
_REGISTRIES = {
    "aws_ecr_registry_scanning_configuration": ("rule", "scan_frequency", "repository_filter", "filter"),
    "AWS::ECR::RegistryScanningConfiguration": ("Rules", "ScanFrequency", "RepositoryFilters", "Filter"),
}
_AUTOMATIC = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")


@predicate
def covered_by_registry(context: Context, name: Any = ABSENT) -> Truth:
    """True when the registry's scanning configuration in the estate scans a repository of this name on push or continuously."""

    def found() -> Iterator[Truth]:
        for type, names in _REGISTRIES.items():
            for registry in context.estate.of_type(type):
                here, there = context.resource.region, registry.region
                same: Truth = here == there
                if same is False and (isinstance(here, Unknown) or isinstance(there, Unknown)):
                    same = Unknown("region-not-given", registry.address)
                yield all_of((same, any_of(_rule_covers(rule, names, name) for rule in _items(registry.values.get(names[0])))))

    return any_of(found())


def _rule_covers(rule: Any, names: tuple[str, str, str, str], repository: Any) -> Truth:
    if not isinstance(rule, dict):
        return rule if isinstance(rule, Unknown) else False
    often = rule.get(names[1])
    automatic: Truth = often if isinstance(often, Unknown) else often in _AUTOMATIC
    return all_of((automatic, any_of(_matches(one, names[3], repository) for one in _items(rule.get(names[2])))))


def _matches(one: Any, attribute: str, repository: Any) -> Truth:
    """A filter without `*` takes every name that contains it; with it, the whole name has to fit."""
    pattern = one.get(attribute) if isinstance(one, dict) else one
    if isinstance(pattern, Unknown):
        return pattern
    if not isinstance(pattern, str):
        return False
    if not pattern.strip("*"):
        return True
    if repository is ABSENT:
        return False  # a name of CloudFormation's own making
    if isinstance(repository, Unknown):
        return repository
    if "*" not in pattern:
        return pattern in str(repository)
    import re

    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), str(repository)) is not None


def _items(value: Any) -> list[Any]:
    if isinstance(value, Unknown):
        return value.partial if isinstance(value.partial, list) else [value]
    return value if isinstance(value, list) else [] if value is None or value is ABSENT else [value]


WORDS = {"covered_by_registry": Text("the registry's rules scan it", "レジストリの設定で検査されます")}
WORDS_FALSE = {"covered_by_registry": Text("no rule of the registry scans it", "レジストリの設定でも検査されません")}
