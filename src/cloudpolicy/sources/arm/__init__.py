"""Azure Resource Manager: ARM JSON templates and Bicep files, with their modules and linked templates -> Estate.

read(path, options) -> Estate          what is deployed by the template or Bicep file at `path`
looks_like_arm(head, name) -> bool     cheap test for discovery, on the first 64 KB of a JSON file
"""

from __future__ import annotations

from cloudpolicy.sources.arm.sniff import looks_like_arm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.model import Estate
    from cloudpolicy.sources import Options

__all__ = ["looks_like_arm", "read"]


def read(path: str, options: Options) -> Estate:
    """The estate of one template. Never raises for bad input: what cannot be read is a diagnostic of the estate."""
    from cloudpolicy.sources.arm import estate

    return estate.read(path, options)
