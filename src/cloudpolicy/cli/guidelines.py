"""`cloudpolicy guidelines`: the clauses of the guidelines, listed, searched and shown."""

from __future__ import annotations

from cloudpolicy.cli import Parser, columns, looking, options
from cloudpolicy.cli.options import Option
from cloudpolicy.guidelines import catalogue as catalogues
from cloudpolicy.guidelines import pages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

OPTIONS = (
    Option(
        "query", "WORD", "a clause's id, or words that it holds (all by default)", "条項の ID、または含まれる語(既定: すべて)", nargs="*"
    ),
    Option("--document", "ID", "only this guideline", "このガイドラインだけ", action="append"),
    Option(
        "--setting",
        "N",
        "only this setting type (1-7)",
        "この設定種別だけ(1〜7)",
        type=int,
        choices=tuple(catalogues.SETTING_TYPES),
    ),
    options.OWN_POLICIES,
    options.format_of("text", "json"),
    options.LANG,
)


def main(given: Namespace, parser: Parser) -> int:
    pack, catalogue, status = looking.clauses(given, parser)
    for document in given.document or ():
        if document not in catalogue.documents:
            names = ", ".join(catalogue.documents)
            parser.fail(f"there is no guideline {document!r}; there are {names}", f"ガイドライン {document!r} はありません({names})")
    query = " ".join(given.query)
    if query in catalogue.clauses:
        clauses = [catalogue.clauses[query]]
    else:
        clauses = catalogue.search(query, given.document or ())
    if given.setting is not None:
        clauses = [clause for clause in clauses if clause.setting_type == given.setting]
    if not clauses:
        parser.fail(f"no clause holds {query!r}", f"{query!r} に当たる条項がありません")
    if given.format == "json":
        import json

        print(json.dumps({"clauses": [pages.as_json(catalogue, clause) for clause in clauses]}, ensure_ascii=False, indent=1))
    elif len(clauses) == 1:
        titles = {id: pack.text(id).title for id in clauses[0].policies}
        print(pages.page(catalogue, clauses[0], titles, parser.language, columns()))
    else:
        print(pages.listing(clauses, parser.language, columns()))
    return status
