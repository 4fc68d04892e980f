"""CloudFormation: one template file (YAML or JSON) with its nested ones -> Estate. Importing this package reads nothing heavy.

read(path, options) -> Estate                what is deployed by the template at `path`
looks_like_template(head, name) -> bool      cheap test for discovery, on the first 64 KB of a file
"""

from __future__ import annotations

from cloudpolicy.sources.cloudformation.sniff import ENDINGS, looks_like_template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.model import Estate
    from cloudpolicy.sources import Options

__all__ = ["ENDINGS", "looks_like_template", "read"]


def read(path: str, options: Options) -> Estate:
    """The estate of one template. Never raises for bad input: what cannot be read is a diagnostic of the estate."""
    from cloudpolicy.sources.cloudformation import template

    return template.read(path, options)
