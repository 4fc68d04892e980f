"""The files that file(), templatefile() and their kind read, relative to the root module and never outside the scanned tree."""

from __future__ import annotations

import os

from cloudpolicy import journal
from cloudpolicy.sources.files import Unreadable, inside, read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.sources.terraform.expressions import Call
    from cloudpolicy.sources.terraform.module import Module


class LocalFiles:
    """What functions get to read with; see functions.common.Files."""

    __slots__ = ("call", "module")

    def __init__(self, module: Module) -> None:
        self.module = module
        self.call: Call | None = None  # the call that is being evaluated, the place of what goes wrong in a template

    def _path(self, path: str) -> str:
        from cloudpolicy.sources.terraform.functions import FunctionError

        reading = self.module.reading
        whole = os.path.normpath(os.path.join(reading.root, journal.home(path) if path.startswith("~") else path))
        if "\0" in whole or not inside(whole, reading.options.base):
            raise FunctionError("the file lies outside the scanned folder")
        return whole

    def read_bytes(self, path: str) -> bytes:
        from cloudpolicy.sources.terraform.functions import FunctionError

        whole = self._path(path)
        try:
            data = read_bytes(whole, self.module.reading.options.base)
        except Unreadable as error:
            raise FunctionError(error.diagnostic.text.en) from None
        self.module.reading.inputs[whole] = None
        return data

    def read_text(self, path: str) -> str:
        return self.read_bytes(path).decode("utf-8")

    def exists(self, path: str) -> bool:
        return journal.is_file(self._path(path))

    def glob(self, folder: str, pattern: str) -> list[str]:
        """Paths of the files below `folder` that match, relative to it, with slashes, sorted."""
        start = self._path(folder)
        wanted = _expression(pattern)
        return [path for path in journal.tree(start, (".terraform", ".git")) if wanted.fullmatch(path)][:100_000]

    def template(self, text: str, variables: dict[str, Any]) -> Any:
        return self.module.template(text, variables)


def _expression(pattern: str) -> Any:
    """fileset's pattern: * and ? stay in one folder, ** crosses folders, {a,b} are alternatives."""
    import re

    out = ""
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            out += "(?:[^/]+/)*"
            at += 2
        elif pattern.startswith("**", at):
            out += ".*"
            at += 1
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "{" and "}" in pattern[at:]:
            end = pattern.index("}", at)
            out += "(?:" + "|".join(re.escape(part) for part in pattern[at + 1 : end].split(",")) + ")"
            at = end
        else:
            out += re.escape(char)
        at += 1
    return re.compile(out)
