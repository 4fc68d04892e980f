"""`cloudpolicy explain POLICY`: what it asks, why, which clauses stand behind it, and how to satisfy it."""

from __future__ import annotations

import os

from cloudpolicy.cli import Parser, complain
from cloudpolicy.config import ConfigError
from cloudpolicy.policy import pack as packs
from cloudpolicy.policy import selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument("policy", metavar=say("POLICY", "ポリシー"), help=say("id, slug or alias", "ID または別名"))
    parser.add_argument("--policies", metavar="DIR", help=say("your own policies", "独自ポリシーのフォルダ"))
    parser.add_argument("--lang", choices=("ja", "en"), help=say("language", "表示言語"))


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.policy import documents, pages

    pack = packs.load_with(os.path.abspath(given.policies) if given.policies else None)
    try:
        ids = selection.resolve(pack, given.policy)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    found = [document for folder in pack.folders for document in documents.load_folder(folder)[0]]
    print("\n\n".join(pages.page(document, parser.language) for document in found if document.policy.id in ids))
    return 0
