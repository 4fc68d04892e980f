"""What Checkov was asked to scan: which folder or files, with which exclusions and variables; and the comments that skip a check."""

from __future__ import annotations

import os
import sys

from checkov.arm.context_parser import ContextParser
from checkov.common.runners.base_runner import BaseRunner, filter_ignored_paths
from checkov.common.util.suppression import collect_suppressions_for_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType
    from typing import Any

ENDINGS = {
    "terraform": (".tf",),
    "terraform_plan": (".json",),
    "cloudformation": (".json", ".yml", ".yaml", ".template"),
    "arm": (".json",),
    "bicep": (".bicep",),
}
MAX_SHOWN = 5_000_000  # characters of a file that are shown as code


class Asked:
    """One call of a Checkov runner.

    runner     the runner itself: its tables of contexts and code lines are where records come from; None when it is not to be seen
    root       the folder given with -d, as it was spelled; None with -f
    files      the files given with -f, as they were spelled
    excluded   --skip-path
    var_files  --var-file, absolute
    """

    __slots__ = ("_lines", "excluded", "files", "root", "runner", "var_files")

    def __init__(
        self,
        runner: Any = None,
        root: str | None = None,
        files: Iterable[str] = (),
        excluded: Iterable[str] = (),
        var_files: Iterable[str] = (),
    ) -> None:
        self.runner = runner
        self.root = root
        self.files = list(files)
        self.excluded = list(excluded)
        self.var_files = list(var_files)
        self._lines: dict[str, list[tuple[int, str]]] = {}

    def candidates(self, framework: str) -> list[str]:
        """Paths of the files that Checkov looks at for a framework, spelled as Checkov spells them."""
        endings = ENDINGS[framework]
        if not self.root:
            return [file for file in self.files if file.endswith(endings)]
        found = []
        for folder, folders, names in os.walk(self.root):
            filter_ignored_paths(folder, folders, self.excluded)
            filter_ignored_paths(folder, names, self.excluded)
            found += [os.path.join(folder, name) for name in names if name.endswith(endings)]
        return sorted(found)

    def absolute(self, spelled: str) -> str:
        """The absolute path of a file as Checkov spells it; 3.2 writes ARM files as if the scanned folder were the top of the disk."""
        path = os.path.normpath(os.path.abspath(spelled))
        if self.root and not os.path.exists(path):
            below = os.path.normpath(os.path.join(os.path.abspath(self.root), spelled.lstrip("/\\")))
            return below if os.path.exists(below) else path
        return path

    def lines(self, file: str, first: int, last: int) -> list[tuple[int, str]]:
        """(number, text) of the lines of a file, as Checkov's records hold them."""
        if file not in self._lines:
            try:
                with open(self.absolute(file), encoding="utf-8", errors="replace") as opened:
                    text = opened.read(MAX_SHOWN)
            except OSError:
                text = ""
            self._lines[file] = list(enumerate(text.splitlines(keepends=True), 1))
        return self._lines[file][max(first - 1, 0) : last]


def asked(runner_filter: Any) -> Asked:
    """The call that is under way, found on the stack: Checkov hands its checks nothing but the graph."""
    var_files = runner_filter.var_files or ()
    excluded = runner_filter.excluded_paths or ()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        runner = frame.f_locals.get("self")
        if frame.f_code.co_name == "run" and isinstance(runner, BaseRunner):
            root, files = frame.f_locals.get("root_folder"), frame.f_locals.get("files")
            # with -f Checkov sets root_folder to what the files have in common: that folder was not asked for
            return Asked(runner, None if files else str(root) if root else None, files or (), excluded, var_files)
        frame = frame.f_back
    return Asked(None, excluded=excluded, var_files=var_files)


def suppressions(given: Asked, entity: dict[str, Any]) -> dict[str, str]:
    """Check id -> reason, of an ARM or Bicep resource: comments in its lines, and what ARM's `metadata` says for Checkov."""
    first, last = entity_lines(entity)
    found: dict[str, str] = {}
    for ids, result in collect_suppressions_for_report(given.lines(str(entity["file_path_"]), first, last)).items():
        for id in (ids or "").split(","):
            found[id] = result["suppress_comment"]
    config = entity.get("config_")
    if isinstance(config, dict) and isinstance(config.get("metadata"), dict):
        for skip in ContextParser.collect_skip_comments(config):
            found[skip["id"]] = skip["suppress_comment"]
    return found


def entity_lines(entity: dict[str, Any]) -> tuple[int, int]:
    """First and last line of a vertex, whichever of its spellings the framework uses."""
    for first, last in (("__start_line__", "__end_line__"), ("__startline__", "__endline__")):
        if isinstance(entity.get(first), int):
            return entity[first], max(int(entity.get(last) or 0), entity[first])
    return 1, 1
