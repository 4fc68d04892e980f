"""Where a foreign result stands on this machine: the file below the root, and the resource at a line of it."""

from __future__ import annotations

import os
import re

from cloudpolicy import sources
from cloudpolicy.model import CONFIGURATION
from cloudpolicy.sources.discovery import discover
from cloudpolicy.sources.files import inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudpolicy.model import Estate, Resource

_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]$')
READ = 500  # files that are read to find the resource at a line; results beyond it keep their file and line only


class Locator:
    """Finds files below `root` (absolute). Nothing outside it is named or opened: results may come from anywhere."""

    def __init__(self, root: str, options: sources.Options) -> None:
        self.root = root
        self._options = options
        self._files: dict[tuple[str, ...], str | None] = {}
        self._estates: dict[str, Estate | None] = {}

    def file(self, names: Sequence[str]) -> str | None:
        """The absolute path of the first of `names` that exists below the root; else the place below it where the last would be; None for none."""
        key = tuple(names)
        if key not in self._files:
            self._files[key] = self._find(key)
        return self._files[key]

    def _find(self, names: tuple[str, ...]) -> str | None:
        missing = None
        for name in names:
            if "\0" in name or len(name) > 4096:
                continue
            for path in self._candidates(name):
                if path == self.root or not path.startswith(self.root.rstrip(os.sep) + os.sep):
                    continue
                if not inside(path, self.root):  # a link that leads out
                    continue
                if os.path.isfile(path):
                    return path
                missing = path
        return missing

    def _candidates(self, name: str) -> list[str]:
        """As it stands, and below the root: Checkov writes "/main.tf" for a file at the top of the folder it was given."""
        native = name.replace("\\", "/") if os.sep == "/" else name
        relative = native[2:] if native[1:2] == ":" else native
        below = os.path.normpath(os.path.join(self.root, relative.lstrip("/\\")))
        return [os.path.normpath(native), below] if os.path.isabs(native) else [below]

    def estate(self, path: str) -> Estate | None:
        """What our own reader makes of the file; None for what it does not read. Its problems are the scan's business, not the import's."""
        key = os.path.dirname(path) if path.endswith((".tf", ".tf.json")) else path
        if key not in self._estates:
            if len(self._estates) >= READ or not os.path.isfile(path):
                return None
            units = discover([path], self._options).units
            self._estates[key] = sources.read(units[0], self._options) if units else None
        return self._estates[key]

    def resource(self, path: str, line: int, name: str = "") -> tuple[Resource, str] | None:
        """The resource of that address, else the innermost whose lines hold `line`; and its address: the block's where it has several instances,
        because a line does not tell which of them is meant."""
        estate = self.estate(path)
        if estate is None:
            return None
        if name:
            named = estate.at(name)
            return (named, named.address) if named is not None else None
        real = os.path.realpath(path)
        around = [
            resource
            for resource in estate.resources
            if resource.span.line <= line <= resource.span.end_line
            and os.path.realpath(resource.span.file) == real
            and not resource.type.startswith(CONFIGURATION)
        ]
        if not around:
            return None
        found = min(around, key=lambda resource: resource.span.end_line - resource.span.line)
        alike = sum(resource.span == found.span and resource.type == found.type for resource in around)
        return found, found.address if alike == 1 else _INDEX.sub("", found.address)
