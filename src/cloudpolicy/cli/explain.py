"""`cloudpolicy explain POLICY`: what it asks, why, which clauses stand behind it, and how to satisfy it."""

from __future__ import annotations

from cloudpolicy.cli import Parser, complain, looking, options
from cloudpolicy.cli.options import Option
from cloudpolicy.config import ConfigError
from cloudpolicy.policy import selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

OPTIONS = (
    Option("policy", "POLICY", "id, slug or alias", "ID または別名"),
    options.OWN_POLICIES,
    options.LANG,
)


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.policy import documents, pages

    pack = looking.pack_of(given)
    try:
        ids = selection.resolve(pack, given.policy)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    found = [document for folder in pack.folders for document in documents.load_folder(folder)[0]]
    print("\n\n".join(pages.page(document, parser.language) for document in found if document.policy.id in ids))
    return 0
