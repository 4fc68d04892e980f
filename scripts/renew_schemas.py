#!/usr/bin/env python3
"""Renew the extracts of provider schemas that tests hold the policies' attribute names against (tests/data/schemas).

    scripts/renew_schemas.py --check                                   which used types the extracts lack (no network)
    scripts/renew_schemas.py --aws-schema FILE --bindings WHEEL …      write the extracts anew
    scripts/renew_schemas.py --add WHEEL …                             put what further provider versions know into the extracts
    scripts/renew_schemas.py --arm WHEEL                               write that of ARM anew, from pulumi-azure-native (arm_schemas.py)

FILE is the output of `terraform providers schema -json` for hashicorp/aws. A WHEEL is one of the packages cdktf-cdktf-provider-aws, -azurerm
and -azuread (cdktn-provider-… for later versions; `pip download --no-deps <package>[==version]`), which were made from the providers' schemas: they are the source for azurerm and
azuread, and for AWS provider versions that are not at hand. CloudFormation comes from the cfn-lint that is installed.

An extract holds names and types only, of the types that policies use, and says which provider version they come from. A block that is
nested deeper than DEPTH, or that repeats itself, ends in "…": anything may stand there.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]

import arm_schemas  # noqa: E402
import yaml  # noqa: E402

from cloudpolicy.policy import uses  # noqa: E402

EXTRACTS = ROOT / "tests" / "data" / "schemas"
NAMES = ("aws", "azurerm", "azuread", "cloudformation", "arm")
DEPTH = 7
Tree = dict[str, Any]  # name -> type as text, a Tree for a block, or {"": type, "enum": […]} where the schema fixes the values


def used_types(rules: Path = ROOT / "policies" / "rules") -> set[str]:
    """Every resource type that a policy names."""
    found: set[str] = set()
    for path in sorted(rules.rglob("*.yaml")):
        found |= uses.types_of(yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return found


def extract_name(type: str) -> str | None:
    """The extract that should hold `type`; None for a type without a source."""
    if type.startswith("Microsoft."):
        return None if type in arm_schemas.NO_SOURCE else "arm"
    if type.startswith("AWS::"):
        return "cloudformation"
    return next((name for name in ("aws", "azurerm", "azuread") if type.removeprefix("data.").startswith(f"{name}_")), None)


def load(name: str) -> dict[str, Any]:
    path = EXTRACTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"sources": [], "types": {}}


def missing() -> list[str]:
    """Used types that no extract holds, not even as one that is known to be gone."""
    extracts = {name: load(name) for name in NAMES}
    return sorted(type for type in used_types() if (name := extract_name(type)) and type not in extracts[name]["types"])


# -- AWS: the provider's own schema ---------------------------------------------------------------------------------------------------------


def aws_trees(schema: Path, wanted: set[str]) -> dict[str, Tree]:
    provider = next(iter(json.loads(schema.read_text(encoding="utf-8"))["provider_schemas"].values()))
    kinds = {f"data.{name}": value for name, value in provider["data_source_schemas"].items()} | provider["resource_schemas"]
    return {type: _block(kinds[type]["block"], DEPTH) for type in wanted if type in kinds}


def _block(block: dict[str, Any], depth: int) -> Tree:
    tree: Tree = {}
    for name, attribute in block.get("attributes", {}).items():
        nested = attribute.get("nested_type")
        tree[name] = _block(nested, depth - 1) if nested else _attribute_type(attribute.get("type"))
    for name, nested in block.get("block_types", {}).items():
        tree[name] = _block(nested["block"], depth - 1) if depth > 1 else "…"
    return tree


def _attribute_type(type: Any) -> Any:
    """Blocks that are written as attributes ([\"set\", [\"object\", {…}]]) are blocks to a policy."""
    if isinstance(type, list):
        if type[0] == "object":
            return {name: _attribute_type(inner) for name, inner in type[1].items()}
        inner = _attribute_type(type[1])
        if isinstance(inner, dict) and type[0] != "map":
            return inner
        return f"{type[0]} of {inner if isinstance(inner, str) else 'object'}"
    return str(type)


# -- azurerm, azuread and other versions: bindings made from the schema ---------------------------------------------------------------------

_PAIR = re.compile(r"^\s+([a-z0-9_]+): (.+),$", re.M)
_CALL = re.compile(r"(\w+)ToTerraform")
_COMPUTED = re.compile(r"get\w+Attribute\('([a-z0-9_]+)'\)")
_SIMPLE = {"string": "string", "number": "number", "boolean": "bool", "any": "any"}


class Bindings:
    """One downloaded package: trees by type, read from the generated JavaScript (the only place with the provider's own spelling)."""

    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
            self._tar = tarfile.open(fileobj=io.BytesIO(archive.read(inner)), mode="r:gz")  # noqa: SIM115
        self.files: dict[str, bytes] = {}
        for member in self._tar:
            if re.fullmatch(r"package/lib/[\w-]+(?:/index)?\.js", member.name):
                stream = self._tar.extractfile(member)
                self.files[member.name] = stream.read() if stream else b""
        made_from = (re.search(rb"providerName: '(\w+)',\s+providerVersion: '([\d.]+)'", content) for content in self.files.values())
        self.name, self.version = next((found[1].decode(), found[2].decode()) for found in made_from if found)

    def trees(self, wanted: set[str]) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for content in self.files.values():
            text = content.decode("utf-8")
            type = re.search(r"\btfResourceType = \"(\w+)\"", text)
            if type is None:
                continue
            name = ("data." if "TerraformDataSource {" in text else "") + type.group(1)
            if name in wanted:
                found[name] = self._tree(text)
        return found

    def _tree(self, text: str) -> Tree:
        functions = {
            found.group(1): found.group(2)
            for found in re.finditer(r"^function (\w+)ToTerraform\(struct\) \{.*?\n    return \{\n(.*?)\n    \};\n\}", text, re.M | re.S)
        }
        top = re.search(r"synthesizeAttributes\(\) \{\s+return \{\n(.*?)\n        \};", text, re.S)
        tree = self._pairs(top.group(1) if top else "", functions, DEPTH)
        resource = text[max(text.rfind(f"extends {package}.Terraform") for package in ("cdktf", "cdktn")) :]
        for name in _COMPUTED.findall(resource[: resource.find("synthesizeAttributes")]):
            tree.setdefault(name, "any")
        return tree

    def _pairs(self, body: str, functions: dict[str, str], depth: int) -> Tree:
        tree: Tree = {}
        for name, expression in _PAIR.findall(body):
            call = _CALL.search(expression)
            target = call.group(1) if call else "any"
            if target in functions:
                tree[name] = self._pairs(functions[target], functions, depth - 1) if depth > 1 else "…"
            else:
                inner = _SIMPLE.get(target, "any")
                tree[name] = (
                    f"map of {inner}" if "hashMapper" in expression else f"list of {inner}" if "listMapper" in expression else inner
                )
        return tree


# -- CloudFormation: the registry's schemas as cfn-lint ships and patches them --------------------------------------------------------------


def cloudformation_trees(wanted: set[str]) -> dict[str, Tree]:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # type: ignore[import-untyped]

    found: dict[str, Tree] = {}
    for type in wanted:
        for region in ("ap-northeast-1", "us-east-1"):
            try:
                schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type).schema
            except ResourceNotFoundError:
                continue
            found[type] = _properties(schema, schema, DEPTH, ())
            break
    return found


def _properties(node: dict[str, Any], schema: dict[str, Any], depth: int, seen: tuple[str, ...]) -> Any:
    while "$ref" in node:
        reference = node["$ref"]
        if reference in seen:
            return "…"
        seen = (*seen, reference)
        node = schema
        target: Any = schema
        for part in reference.lstrip("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    if depth == 0:
        return "…"
    tree: Tree = {}
    for word in ("oneOf", "anyOf", "allOf"):
        for option in node.get(word, ()):
            inner = _properties(option, schema, depth, seen) if isinstance(option, dict) else None
            if isinstance(inner, dict) and "" not in inner:
                tree |= inner
            elif isinstance(inner, dict) and not tree:
                return inner
    for name, child in node.get("properties", {}).items():
        tree[name] = _properties(child, schema, depth - 1, seen) if isinstance(child, dict) else "any"
    if tree:
        return tree
    if "items" in node and isinstance(node["items"], dict):
        inner = _properties(node["items"], schema, depth, seen)
        return inner if isinstance(inner, dict) else f"list of {inner}"
    if isinstance(node.get("enum"), list):
        return {"": "string", "enum": sorted(str(value) for value in node["enum"])}
    if "patternProperties" in node or node.get("additionalProperties") not in (None, False):
        return "map of any"
    kind = node.get("type", "any")
    if isinstance(kind, list):  # a document may be written as a mapping or as text
        kind = "any" if "object" in kind else kind[0]
    return {"boolean": "bool", "integer": "number", "object": "map of any", "array": "list of any"}.get(kind, kind)


# -- writing --------------------------------------------------------------------------------------------------------------------------------


def merge(into: Tree, other: Tree) -> None:
    """Adds what `other` has and `into` lacks."""
    for name, value in other.items():
        if name not in into:
            into[name] = value
        elif isinstance(into[name], dict) and isinstance(value, dict):
            merge(into[name], value)


def write(name: str, sources: list[str], types: dict[str, Tree], wanted: set[str]) -> None:
    kept = {type: types[type] for type in sorted(types) if type in wanted and extract_name(type) == name}  # no Custom::…
    EXTRACTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"sources": sources, "types": kept}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = text.replace('"},"', '"},\n"').replace('{"sources"', '{\n"sources"')  # a line for a block: short differences
    (EXTRACTS / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{name}: {len(kept)} types, {len(text) // 1024} KB, from {', '.join(sources)}")


def renew(aws_schema: Path | None, wheels: list[Path]) -> None:
    wanted = used_types()
    trees: dict[str, dict[str, Tree]] = {}
    sources: dict[str, list[str]] = {}
    if aws_schema is not None:
        trees["aws"], sources["aws"] = aws_trees(aws_schema, wanted), ["hashicorp/aws 5.100.0"]
    for wheel in wheels:
        bindings = Bindings(wheel)
        print(f"{wheel.name}: {bindings.name} {bindings.version}")
        sources.setdefault(bindings.name, []).append(f"hashicorp/{bindings.name} {bindings.version}")
        for type, tree in bindings.trees(wanted).items():
            merge(trees.setdefault(bindings.name, {}).setdefault(type, {}), tree)

    version = importlib.metadata.version("cfn-lint")
    trees["cloudformation"], sources["cloudformation"] = cloudformation_trees(wanted), [f"cfn-lint {version}"]
    for name, types in trees.items():
        write(name, sources[name], types, wanted)


def add(wheels: list[Path]) -> None:
    wanted = used_types()
    for wheel in wheels:
        bindings = Bindings(wheel)
        extract = load(bindings.name)
        for type, tree in bindings.trees(wanted).items():
            merge(extract["types"].setdefault(type, {}), tree)
        source = f"hashicorp/{bindings.name} {bindings.version}"
        write(bindings.name, list(dict.fromkeys([*extract["sources"], source])), extract["types"], wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say which used types the extracts lack")
    parser.add_argument("--aws-schema", type=Path, metavar="FILE")
    parser.add_argument("--bindings", type=Path, nargs="*", default=[], metavar="WHEEL")
    parser.add_argument("--add", type=Path, nargs="*", default=[], metavar="WHEEL")
    parser.add_argument("--arm", type=Path, metavar="WHEEL")
    options = parser.parse_args()
    if options.arm is not None:
        wheel = arm_schemas.Wheel(options.arm)
        wanted = used_types()
        write(
            "arm",
            [f"pulumi-azure-native {wheel.version}", *arm_schemas.CORRECTED_BY],
            wheel.trees({type for type in wanted if extract_name(type) == "arm"}),
            wanted,
        )
    elif options.add:
        add(options.add)
    elif not options.check:
        renew(options.aws_schema, options.bindings)
    lacking = missing()
    for type in lacking:
        print(f"no extract holds {type}: renew it, or correct the name", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
