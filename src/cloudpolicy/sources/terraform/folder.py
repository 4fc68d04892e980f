"""One module folder: its files in Terraform's order, override files merged, its blocks by kind and name."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.sources.files import Unreadable
from cloudpolicy.sources.terraform import syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.model import Diagnostic
    from cloudpolicy.sources.terraform.syntax import Attribute, Block, Parsed
    from cloudpolicy.sources.terraform.variables import Variable


class Folder:
    """What a module folder declares. `parsed` are its files that could be read, `unreadable` the diagnostics of the others."""

    __slots__ = (
        "again",
        "declared",
        "files",
        "locals",
        "modules",
        "odd",
        "outputs",
        "parsed",
        "path",
        "providers",
        "resources",
        "settings",
        "unreadable",
        "variables",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.files: list[str] = []
        self.declared: dict[str, Variable] | None = None  # the variables with their types, filled by the first module instance
        self.parsed: list[Parsed] = []
        self.unreadable: list[Diagnostic] = []
        self.variables: dict[str, Block] = {}
        self.locals: dict[str, Attribute] = {}
        self.outputs: dict[str, Block] = {}
        self.modules: dict[str, Block] = {}
        self.providers: dict[str, Block] = {}  # "aws", "aws.us"
        self.resources: dict[tuple[str, str], Block] = {}  # data sources as ("data.aws_region", "current")
        self.again: list[tuple[tuple[str, str], Block]] = []  # resources whose address is taken: Terraform refuses them, we look at them
        self.settings: list[Block] = []  # terraform blocks
        self.odd: list[Block] = []  # blocks of a type that Terraform does not have, or without their labels


def terraform_files(path: str) -> tuple[list[str], list[str]]:
    """Names of the configuration files of a folder, sorted: ordinary ones, and override files. Raises OSError."""
    ordinary: list[str] = []
    override: list[str] = []
    for name in journal.names(path, (".tf", ".tf.json")):
        if name.startswith((".", "#")) or name.endswith("~"):
            continue
        stem = name[: -len(".tf.json")] if name.endswith(".tf.json") else name[: -len(".tf")]
        (override if stem == "override" or stem.endswith("_override") else ordinary).append(name)
    return ordinary, override


def read_folder(path: str, base: str) -> Folder:
    """Read every configuration file of a folder; raises OSError when the folder itself cannot be listed."""
    folder = Folder(path)
    ordinary, override = terraform_files(path)
    for names, add in ((ordinary, _add), (override, _override)):
        for name in names:
            file = os.path.join(path, name)
            folder.files.append(file)
            try:
                parsed = syntax.load(file, base)
            except Unreadable as error:
                folder.unreadable.append(error.diagnostic)
                continue
            folder.parsed.append(parsed)
            for block in parsed.body.blocks:
                add(folder, block)
            for attribute in parsed.body.attributes.values():
                attribute.parsed.problem(
                    "unexpected-attribute",
                    attribute.start,
                    attribute.end,
                    f'"{attribute.name}" stands outside every block; move it into one',
                    f"「{attribute.name}」がブロックの外にあります。ブロックの中に移してください",
                )
    return folder


def _add(folder: Folder, block: Block) -> None:
    labels = block.labels
    kind = block.type
    if kind in ("resource", "data", "ephemeral") and len(labels) == 2:
        key = (labels[0] if kind == "resource" else f"{kind}.{labels[0]}", labels[1])
        if key in folder.resources:
            folder.again.append((key, block))
            block.parsed.problem(
                "duplicate-block",
                block.start,
                block.end,
                f"{'.'.join(key)} is declared twice; remove or rename one",
                f"{'.'.join(key)} が 2 回宣言されています。一方を削除するか名前を変えてください",
            )
        else:
            folder.resources[key] = block
    elif kind == "locals" and not labels:
        for name, attribute in block.body.attributes.items():
            if name in folder.locals:
                attribute.parsed.problem(
                    "duplicate-block",
                    attribute.start,
                    attribute.end,
                    f"local.{name} is declared twice; the first one is used, remove one",
                    f"local.{name} が 2 回宣言されています。最初のものを使います。一方を削除してください",
                )
            else:
                folder.locals[name] = attribute
    elif kind in ("variable", "output", "module") and len(labels) == 1:
        table = folder.variables if kind == "variable" else folder.outputs if kind == "output" else folder.modules
        if labels[0] in table:
            _twice(block, f"{kind} {labels[0]}")
        else:
            table[labels[0]] = block
    elif kind == "provider" and len(labels) == 1:
        name = provider_key(block)
        if name in folder.providers:
            _twice(block, f"provider {name}")
        else:
            folder.providers[name] = block
    elif kind == "terraform":
        folder.settings.append(block)
    elif kind not in syntax.BLOCK_TYPES or kind in ("resource", "data", "ephemeral", "variable", "output", "module", "provider", "locals"):
        folder.odd.append(block)


def _twice(block: Block, name: str) -> None:
    block.parsed.problem(
        "duplicate-block",
        block.start,
        block.end,
        f"{name} is declared twice; the first one is used, remove one",
        f"{name} が 2 回宣言されています。最初のものを使います。一方を削除してください",
    )


def provider_key(block: Block) -> str:
    alias = block.body.attributes.get("alias")
    name = getattr(alias.expr, "value", None) if alias is not None else None
    return f"{block.labels[0]}.{name}" if isinstance(name, str) else block.labels[0]


def _override(folder: Folder, block: Block) -> None:
    """Merge one block of an override file into the block that it overrides."""
    labels = block.labels
    kind = block.type
    if kind == "locals":
        folder.locals.update(block.body.attributes)
        return
    if kind == "terraform":
        folder.settings.insert(0, block)
        return
    if kind in ("resource", "data", "ephemeral") and len(labels) == 2:
        key = (labels[0] if kind == "resource" else f"{kind}.{labels[0]}", labels[1])
        if key in folder.resources:
            folder.resources[key] = _merged(folder.resources[key], block)
            return
    elif kind in ("variable", "output", "module", "provider") and len(labels) == 1:
        table = {"variable": folder.variables, "output": folder.outputs, "module": folder.modules, "provider": folder.providers}[kind]
        name = provider_key(block) if kind == "provider" else labels[0]
        if name in table:
            table[name] = _merged(table[name], block)
            return
    _add(folder, block)


def _merged(base: Block, block: Block) -> Block:
    """Attributes of the override win; nested blocks of a type replace all of that type."""
    body = syntax.Body()
    body.attributes = {**base.body.attributes, **block.body.attributes}
    replaced = {_kind(inner) for inner in block.body.blocks}
    body.blocks = [inner for inner in base.body.blocks if _kind(inner) not in replaced] + block.body.blocks
    return syntax.Block(base.parsed, base.type, base.labels, base.start, base.end, body, base.broken or block.broken)


def _kind(block: Block) -> str:
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type
