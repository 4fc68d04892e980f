"""Discovery: which root modules, plans and templates stand below the given folders and files, and what was left out and why."""

from __future__ import annotations

import os

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.sources import Unit
from cloudpolicy.sources.gitignore import Ignore
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudpolicy.sources import Kind, Options

HEAD = 64 * 1024  # bytes of a YAML or JSON file that are looked at to tell what it is
TEMPLATE_ENDINGS = (".yaml", ".yml", ".json", ".jsonc", ".template", ".cfn", ".cft", ".cform", ".cf", ".stack")
# Where a template may have more than HEAD before its resources, or none that the reader knows by a look.
_SECTIONS = (b"Resources", b"Mappings", b"Parameters", b"Metadata", b"Conditions")
SKIPPED_FOLDERS = frozenset({".git", ".terraform", ".terragrunt-cache", "node_modules", ".venv", "__pycache__", ".svn", ".hg"})

_INCLUDED = Text(
    "a module that others include; it is judged where it is used", "他から呼び出されるモジュールのため、呼び出し元で検査します"
)
_IGNORED = Text("ignored by .gitignore", ".gitignore により対象外です")
_EXCLUDED = Text("excluded by the configuration", "設定(exclude)により対象外です")


class Discovery:
    """What was found: `units` to read, `left_out` (path -> why) and `diagnostics` for what could not even be looked at."""

    __slots__ = ("diagnostics", "left_out", "units")

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self.left_out: dict[str, Text] = {}
        self.diagnostics: list[Diagnostic] = []


def discover(
    paths: Sequence[str], options: Options, exclude: Sequence[str] = (), module_sources: Callable[[str, Options], set[str]] | None = None
) -> Discovery:
    """Look through `paths` (absolute; folders or files). What is named outright is read even if ignored or included by others.

    `module_sources` tells what a module folder includes; hcl.module_sources unless somebody knows it already.
    """
    walk = _Walk(options, exclude, module_sources)
    for path in paths:
        if os.path.isdir(path):
            walk.folder(path)
        else:
            walk.file(path, named=True)
    return walk.finish()


class _Walk:
    def __init__(self, options: Options, exclude: Sequence[str], module_sources: Callable[[str, Options], set[str]] | None = None) -> None:
        self.options = options
        self.module_sources = module_sources
        self.exclude = Ignore("\n".join(exclude)) if exclude else None
        self.found = Discovery()
        self.modules: dict[str, None] = {}  # folders with Terraform files, in order
        self.named: set[str] = set()
        self.calling: set[str] = set()  # folders whose files mention a module block
        self.templates: dict[str, Kind] = {}

    def folder(self, top: str) -> None:
        self.named.add(top)
        rules = list(_rules_above(top))
        self._enter(top, rules)

    def _enter(self, folder: str, rules: list[tuple[str, Ignore]]) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._problem("unreadable-folder", folder, f"cannot be read: {error.strerror}", f"読み取れません: {error.strerror}")
            return
        own = next((entry.path for entry in entries if entry.name == ".gitignore"), None)
        if own is not None:
            rules = [*rules, (folder, Ignore(_text(own)))]
        folders = []
        for entry in entries:
            name = entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and name in SKIPPED_FOLDERS:
                continue
            if not is_folder and not (name.endswith((".tf", ".tf.json", ".bicep")) or name.lower().endswith(TEMPLATE_ENDINGS)):
                continue
            if _ignored(entry.path, is_folder, rules):
                if not is_folder:
                    self.found.left_out[entry.path] = _IGNORED
                continue
            if self.exclude is not None and self.exclude.verdict(
                os.path.relpath(entry.path, self.options.base).replace(os.sep, "/"), is_folder
            ):
                self.found.left_out[entry.path] = _EXCLUDED
                continue
            if is_folder:
                folders.append(entry.path)
            elif not entry.is_file() and os.path.exists(entry.path):
                continue  # a linked folder is scanned where it really is; a pipe or a device is nothing to scan
            else:
                self.file(entry.path)
        for path in folders:
            self._enter(path, rules)

    def file(self, path: str, named: bool = False) -> None:
        name = os.path.basename(path)
        if name.endswith((".tf", ".tf.json")):
            folder = os.path.dirname(path)
            self.modules[folder] = None
            if named:
                self.named.add(folder)
            if folder not in self.calling and b"module" in self._head(path, 1 << 22, quiet=True):
                self.calling.add(folder)
            return
        if name.endswith(".bicep"):
            self.templates[path] = "bicep"
            return
        head = self._head(path, HEAD)
        if not head:
            return
        kind = _kind(head, name) or self._hidden(path, head)
        if kind is not None:
            self.templates[path] = kind
        elif named:
            self._problem(
                "not-a-template",
                path,
                "is neither a Terraform plan nor a CloudFormation, ARM or Bicep template",
                "Terraform の plan でも、CloudFormation・ARM・Bicep のテンプレートでもありません",
            )

    def _hidden(self, path: str, head: bytes) -> Kind | None:
        """The kind of a template that its beginning does not tell: a long one, or one with a fault in it."""
        if not any(section in head for section in _SECTIONS):
            return None
        from cloudpolicy.sources.cloudformation import suspects

        long = len(head) == HEAD
        if not long and not suspects.may_be(head):
            return None
        data = self._head(path, suspects.LIMIT) if long else head
        kind = _kind(data, os.path.basename(path)) if long else None
        return kind or ("template" if suspects.may_be(data) and suspects.is_one(path, data) else None)

    def _head(self, path: str, size: int, quiet: bool = False) -> bytes:
        """The first bytes; for a file that cannot be opened nothing (its reader, or a diagnostic here, says so)."""
        if not os.path.isfile(path) and os.path.exists(path):
            self._problem(
                "unreadable-file", path, "is a pipe or a device; save it as a file", "パイプまたはデバイスです。ファイルに保存してください"
            )
            return b""
        try:
            with open(path, "rb") as file:
                return file.read(size)
        except OSError as error:
            if not quiet:
                broken = os.path.islink(path) and not os.path.exists(path)
                reason = "is a broken link" if broken else f"cannot be read: {error.strerror}"
                reason_ja = "リンク先がありません" if broken else f"読み取れません: {error.strerror}"
                self._problem("unreadable-file", path, reason, reason_ja)
            return b""

    def finish(self) -> Discovery:
        included: set[str] = set()
        if len(self.modules) > 1 and self.calling:
            module_sources = self.module_sources or _module_sources
            for folder in sorted(self.calling):
                included |= {source for source in module_sources(folder, self.options) if source != folder}
        for folder in self.modules:
            if folder in included and folder not in self.named:
                self.found.left_out[folder] = _INCLUDED
            else:
                self.found.units.append(Unit("hcl", folder))
        for path, kind in self.templates.items():
            self.found.units.append(Unit(kind, path))
        self.found.units.sort(key=lambda unit: unit.path)
        return self.found

    def _problem(self, code: str, path: str, en: str, ja: str) -> None:
        name = os.path.basename(path)
        self.found.diagnostics.append(Diagnostic("error", code, Text(f"{name} {en}", f"{name}: {ja}"), Span(path)))


def _module_sources(folder: str, options: Options) -> set[str]:
    from cloudpolicy.sources.terraform import hcl

    return hcl.module_sources(folder, options)


def _kind(head: bytes, name: str) -> Kind | None:
    """ "plan", "template", "arm" or None by the file's beginning."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()  # so that a template in the wrong encoding is reported, not passed over
    if name.lower().endswith(".json"):
        from cloudpolicy.sources.terraform import plan

        if plan.looks_like_plan(head):
            return "plan"
    if b"eploymentTemplate.json" in head:
        from cloudpolicy.sources import arm

        if arm.looks_like_arm(head, name):
            return "arm"
    if b"AWS::" in head or b"AWSTemplateFormatVersion" in head or b"Resources" in head:
        from cloudpolicy.sources import cloudformation

        if cloudformation.looks_like_template(head, name):
            return "template"
    return None


def _rules_above(top: str) -> Iterator[tuple[str, Ignore]]:
    """The .gitignore files between the repository's top and `top`, outermost first."""
    chain: list[str] = []
    folder = top
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent
        chain.append(folder)
    for above in reversed(chain):
        path = os.path.join(above, ".gitignore")
        if os.path.isfile(path):
            yield above, Ignore(_text(path))


def _ignored(path: str, is_folder: bool, rules: Sequence[tuple[str, Ignore]]) -> bool:
    """The innermost .gitignore that speaks decides."""
    for folder, ignore in reversed(rules):
        verdict = ignore.verdict(path[len(folder) :].lstrip(os.sep).replace(os.sep, "/"), is_folder)
        if verdict is not None:
            return verdict
    return False


def _text(path: str) -> str:
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
