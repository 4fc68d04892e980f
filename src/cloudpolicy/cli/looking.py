"""What the commands that look things up share: the policies, and the clauses that they back."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain
from cloudpolicy.policy import pack as packs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.guidelines.catalogue import Catalogue
    from cloudpolicy.policy.pack import Pack


def pack_of(given: Namespace) -> Pack:
    """Our policies with those of `--policies` beside them."""
    return packs.load_with(os.path.abspath(given.policies) if given.policies else None)


def clauses(given: Namespace, parser: Parser) -> tuple[Pack, Catalogue, int]:
    """The policies, the clauses, and the exit status: 2 when something of either cannot be read, which is said."""
    from cloudpolicy.guidelines import catalogue as catalogues

    pack = pack_of(given)
    catalogue = catalogues.load(pack=pack)
    problems = [*pack.diagnostics, *catalogue.diagnostics]
    for problem in problems:
        complain(problem, parser.language)
    return pack, catalogue, 2 if problems else 0
