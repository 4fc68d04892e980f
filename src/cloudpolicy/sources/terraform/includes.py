"""Which folders a module folder includes, without evaluating it: discovery tells root modules from included ones by this."""

from __future__ import annotations

import os

from cloudpolicy.sources.files import Unreadable
from cloudpolicy.sources.terraform import syntax
from cloudpolicy.sources.terraform.calls import is_local
from cloudpolicy.sources.terraform.folder import terraform_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.sources import Options


def module_sources(folder: str, options: Options) -> set[str]:
    """Absolute paths of the folders that the module blocks of `folder` include by a local path. Parsed files are kept for the reading."""
    found: set[str] = set()
    try:
        ordinary, override = terraform_files(folder)
    except OSError:
        return found
    for name in (*ordinary, *override):
        try:
            parsed = syntax.load(os.path.join(folder, name), options.base)
        except Unreadable:
            continue
        for block in parsed.body.blocks:
            if block.type == "module":
                written = block.body.attributes.get("source")
                source = getattr(written.expr, "value", None) if written is not None else None
                if isinstance(source, str) and is_local(source):
                    found.add(os.path.normpath(os.path.join(os.path.abspath(folder), source)))
    return found
