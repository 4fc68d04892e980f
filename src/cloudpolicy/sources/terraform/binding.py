"""Tree-sitter without the package around it, which imports `typing` for the sake of one hint: 2 ms of every scan that parses.

All that reading takes is in the package's extension module. It is entered where `import tree_sitter` looks for it, so that there is one of it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    import tree_sitter

__all__ = ["tree_sitter"]


def _load(name: str) -> ModuleType:
    from importlib.machinery import PathFinder

    package, _, _ = name.partition(".")
    around = PathFinder.find_spec(package)
    spec = PathFinder.find_spec(name, around.submodule_search_locations) if around is not None else None
    module = spec.loader.create_module(spec) if spec is not None and spec.loader is not None and name not in sys.modules else None
    if spec is None or spec.loader is None or module is None:  # it is there already, or another version keeps it elsewhere
        return __import__(package)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if not TYPE_CHECKING:
    tree_sitter = _load("tree_sitter._binding")
