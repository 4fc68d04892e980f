"""Every attribute that a policy names exists at its provider: a misspelt name would make a policy that always passes, or always fails.

The extracts in tests/data/schemas are renewed by scripts/renew_schemas.py.
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudpolicy import sources
from cloudpolicy.policy import uses

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "policies" / "rules").rglob("*.yaml"))


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("renew_schemas", ROOT / "scripts" / "renew_schemas.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


renew_schemas = _script()
TYPES: dict[str, Any] = {type: tree for name in renew_schemas.NAMES for type, tree in renew_schemas.load(name)["types"].items()}
# Attributes that a schema does not list but everybody may write or link to.
EVERYWHERE = {
    "terraform": {"id", "region", "lifecycle"},
    "cloudformation": {"Ref", "DeletionPolicy", "UpdateReplacePolicy"},
    "arm": set(renew_schemas.arm_schemas.EVERYWHERE),
}
# ARM names that no source at hand proves.
UNPROVEN = {
    (
        "Microsoft.Authorization/roleEligibilityScheduleRequests",
        "properties.requestType",
    ): "the package sets it itself; azure-mgmt-authorization has it",
    ("Microsoft.ContainerInstance/containerGroups", "properties.networkProfile"): "API versions before subnetIds (2021-07-01)",
    ("Microsoft.DocumentDB/databaseAccounts", "properties.ipRangeFilter"): "API versions before ipRules",
    ("Microsoft.Insights/scheduledQueryRules", "properties.action"): "API version 2018-04-16",
    ("Microsoft.Security/securityContacts", "properties.alertNotifications"): "API version 2017-08-01-preview",
    ("Microsoft.Security/securityContacts", "properties.alertsToAdmins"): "API version 2017-08-01-preview",
    ("Microsoft.Security/securityContacts", "properties.email"): "API version 2017-08-01-preview",
    ("Microsoft.Sql/servers/databases/transparentDataEncryption", "properties.status"): "API version 2014-04-01",
    ("Microsoft.Web/sites/config", "properties.FUNCTIONS_EXTENSION_VERSION"): "an app setting: their names are free",
}
MISFITS = {
    ("Microsoft.DataFactory/factories", "identity.type"): 'has no "None"; the check serves other types as well',
    ("Microsoft.Sql/servers/securityAlertPolicies", "properties.emailAccountAdmins"): "a text up to API version 2014",
    ("Microsoft.Sql/servers/databases/securityAlertPolicies", "properties.emailAccountAdmins"): "a text up to API version 2014",
}
OPEN = {"AWS::CloudFormation::CustomResource"}  # takes any property


def _format(type: str) -> str:
    return "cloudformation" if "::" in type else "arm" if type.startswith("Microsoft.") else "terraform"


def _nearest(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name, [known for known in names if known], n=4, cutoff=0.4)
    return ", ".join(close) or ", ".join(sorted(names)[:8])


def _look_up(tree: Any, route: tuple[str, ...], everywhere: set[str]) -> tuple[Any, str]:
    """(the schema's node at `route`, "" or what is wrong)."""
    for position, name in enumerate(route):
        if isinstance(tree, str):
            if tree == "…" or tree.startswith("map of") or tree == "any":
                return "any", ""
            return None, f"{'.'.join(route[:position])} is a {tree}, not a block with {name}"
        if name not in tree:
            if position == 0 and name in everywhere:
                return "any", ""
            if name == "properties" and position and everywhere is EVERYWHERE["arm"]:
                continue  # the extract leaves the wrapper out where the description flattens it
            return None, f"{'.'.join(route[: position + 1])} does not exist; nearest: {_nearest(name, tree)}"
        tree = tree[name]
    return tree, ""


def _misfit(node: Any, use: uses.Use) -> str:
    """ "" or why the values that a check compares with can never stand there."""
    if isinstance(node, dict) and "" in node:
        allowed = {value.casefold() for value in node["enum"]}
        strange = [value for value in use.expected if str(value).casefold() not in allowed]
        # a value that older or newer versions know is no fault as long as another one can be met
        if strange and (len(strange) == len(use.expected) or use.matcher in ("equals", "not_equals")):
            return f"never is {strange}: the schema allows {', '.join(node['enum'])}"
        return ""
    if isinstance(node, dict):
        return "is a block: no value can equal it" if use.expected else ""
    for value in use.expected:
        if node == "bool" and not isinstance(value, bool) and str(value).casefold() not in ("true", "false"):
            return f"is true or false, never {value!r}"
        if node in ("number", "list of number") and (isinstance(value, bool) or not str(value).lstrip("-").replace(".", "").isdigit()):
            return f"is a number, never {value!r}"
    if node == "bool" and use.matcher in ("at_least", "at_most"):
        return "is true or false, not a number"
    return ""


def _faults(policy: dict[str, Any]) -> Iterator[str]:
    """What is wrong: a type with none of the names that a check gives it, a name that none of its types has, a value that cannot be."""
    for use in uses.of_policy(policy):
        types = [type for type in use.types if not type.endswith("*") and renew_schemas.extract_name(type) is not None]
        for type in types:
            if type not in TYPES:
                yield f"{type}: no such type in the extracts (scripts/renew_schemas.py); nearest: {_nearest(type, TYPES)}"
        known = [type for type in types if type in TYPES]
        wrong: dict[tuple[str, tuple[str, ...]], str] = {}
        for type in known:
            for route in use.alternatives:
                if use.entry.startswith("to: ") and route == ("id",):
                    continue  # what a reference names; nobody can write it
                node, fault = _look_up(TYPES[type], route, EVERYWHERE[_format(type)])
                if fault and (type, fault.split(" ")[0]) in UNPROVEN:
                    continue
                if fault:
                    wrong[type, route] = fault
                elif (type, use.entry) not in MISFITS and (misfit := _misfit(node, use)):
                    yield f"{type}, `{use.entry}`: {misfit}"
        for (type, route), fault in wrong.items():
            if all((type, other) in wrong for other in use.alternatives) or all((other, route) in wrong for other in known):
                yield f"{type}, `{use.entry}`: {fault}"


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_name_exists(path: Path) -> None:
    policy = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    faults = sorted(set(_faults(policy)))
    assert not faults, f"{policy['id']} ({path.name}):\n  " + "\n  ".join(faults)


def _written(tree: Any, value: Any, route: str, everywhere: set[str]) -> Iterator[str]:
    """Names in a resource's values that its schema does not have."""
    if isinstance(value, list):
        for item in value:
            yield from _written(tree, item, route, everywhere)
    elif isinstance(value, dict) and isinstance(tree, dict) and "" not in tree:
        for name, inner in value.items():
            if name in everywhere and not route:
                continue
            if name not in tree and name == "properties" and route and everywhere is EVERYWHERE["arm"]:
                yield from _written(tree, inner, f"{route}{name}.", everywhere)
            elif name not in tree:
                yield f"{route}{name} does not exist; nearest: {_nearest(name, tree)}"
            else:
                yield from _written(tree[name], inner, f"{route}{name}.", everywhere)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_example_writes_real_names(path: Path, tmp_path: Path) -> None:
    policy = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    faults = set()
    for format, kinds in policy["examples"].items():
        for kind in ("pass", "fail", "unknown"):
            for number, example in enumerate(kinds[kind] if isinstance(kinds[kind], list) else ()):
                for resource in _resources(format, example, tmp_path / f"{format}-{kind}-{number}"):
                    if resource.type in TYPES and resource.type not in OPEN:
                        for fault in _written(TYPES[resource.type], resource.values, "", EVERYWHERE[format]):
                            if (resource.type, fault.split(" ")[0]) not in UNPROVEN:
                                faults.add(f"{format} {kind}[{number}] {resource.address}: {fault}")
    assert not faults, f"{policy['id']} ({path.name}):\n  " + "\n  ".join(sorted(faults))


def _resources(format: str, example: Any, folder: Path) -> list[Any]:
    name = {"terraform": "main.tf", "arm": "main.bicep"}.get(format, "template.yaml")
    if format == "arm" and isinstance(example, str) and example.lstrip().startswith("{"):
        name = "template.json"
    files = example["files"] if isinstance(example, dict) else {name: example}
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    if format != "arm" and any(text.lstrip().startswith("{") for text in files.values()):
        return []  # plans and JSON have the names of whoever wrote them
    first = str(folder / next(iter(files)))
    unit = sources.Unit("hcl", str(folder)) if format == "terraform" else sources.Unit("template", first)
    if format == "arm":
        unit = sources.Unit("bicep" if first.endswith(".bicep") else "arm", first)
    return sources.read(unit, sources.Options(str(folder), missing_modules="warning")).resources


def test_the_extracts_hold_every_used_type() -> None:
    assert renew_schemas.missing() == []


def _policy(require: dict[str, Any], resource: str = "aws_db_instance") -> dict[str, Any]:
    return {"checks": [{"resource": resource, "require": require}]}


@pytest.mark.parametrize(
    ("require", "resource", "words"),
    [
        ({"publicly_acessible": False}, "aws_db_instance", "publicly_accessible"),
        ({"storage_encrypted": "yes"}, "aws_db_instance", "true or false"),
        ({"StorageEncryptd": True}, "AWS::RDS::DBInstance", "StorageEncrypted"),
        ({"storage_encrypted|encrypted": True}, "aws_db_instance", "encrypted does not exist"),
        ({"not": {"all": [{"any": [{"multiaz": True}]}]}}, "aws_db_instance", "multi_az"),
        (
            {"linked": {"resource": "aws_db_subnet_group", "through": "db_subnet_group", "to": "name"}},
            "aws_db_instance",
            "db_subnet_group_name",
        ),
        ({"linked": {"resource": "aws_kms_key", "by": "arnn"}}, "aws_db_instance", "arn"),
        ({"predicate": "x.y", "with": {"a": ["engine", "enginee"]}}, "aws_db_instance", "engine"),
        ({"each": {"of": "tags", "require": {"root": {"nothing_like_it": 1}}}}, "aws_db_instance", "nothing_like_it"),
        ({"engine": True}, "aws_db_instanc", "aws_db_instance"),
        ({"allocated_storage": {"in": [True]}}, "aws_db_instance", "number"),
        ({"properties.minimumTlsVersio": "TLS1_2"}, "Microsoft.Storage/storageAccounts", "minimumTlsVersion"),
        ({"properties.minimumTlsVersion": "1.2"}, "Microsoft.Storage/storageAccounts", "TLS1_2"),
        ({"minimumTlsVersion": "TLS1_2"}, "Microsoft.Storage/storageAccounts", "minimumTlsVersion does not exist"),
        ({"sku.name": "Premium"}, "Microsoft.Cache/redis", "sku does not exist"),
        ({"properties.networkAcls.defaultActio": "Deny"}, "Microsoft.KeyVault/vaults", "defaultAction"),
        ({"MultiRegion": {"equals": "x"}, "KeySpec": "RSA_1"}, "AWS::KMS::Key", "RSA_2048"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(require: dict[str, Any], resource: str, words: str) -> None:
    assert any(words in fault for fault in _faults(_policy(require, resource)))


@pytest.mark.parametrize(
    "require",
    [
        {"publicly_accessible": False},
        {"tags.anything": "x"},
        {"region": "ap-northeast-1"},
        {"predicate": "x.y", "with": {"a": "$parameter", "b": {"value": 3}}},
        {"restore_to_point_in_time.restore_time": "present"},
    ],
)
def test_a_right_name_is_not(require: dict[str, Any]) -> None:
    assert list(_faults(_policy(require))) == []
