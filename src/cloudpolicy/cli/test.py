"""`cloudpolicy test`: run the policies' own examples."""

from __future__ import annotations

import os
import sys

from cloudpolicy.cli import Parser, complain, options
from cloudpolicy.cli.options import flag
from cloudpolicy.config import ConfigError
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

OPTIONS = (
    options.CHOSEN,
    options.OWN_POLICIES.but("a folder of your own policies instead of ours", "組み込みの代わりに検証する独自ポリシーのフォルダ"),
    flag("--quiet", "print failures only", "不一致だけを表示する"),
    options.LANG,
)
STATUS = Text("an example is not judged as it says", "例に書かれたとおりの判定にならないものがある")


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.policy import documents, pack, selection, testing

    root = os.path.abspath(given.policies) if given.policies else pack.folder()
    parser.must_be_folder(given.policies or root)
    rules = os.path.join(root, "rules")
    found, problems = documents.load_folder(rules if os.path.isdir(rules) else root)
    for problem in problems:
        complain(problem, parser.language)
    loaded = pack.load(root)
    try:
        wanted = {id for name in given.policy for id in selection.resolve(loaded, name)} or set(loaded.policies)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    chosen = [document for document in found if document.policy.id in wanted]
    outcomes = list(testing.run(chosen, loaded))
    faults = [outcome for outcome in outcomes if outcome.fault is not None]
    for outcome in faults:
        assert outcome.fault is not None
        place = f"{os.path.relpath(outcome.path)}:{outcome.line}"
        print(f"{place}: {outcome.policy} {outcome.format} {outcome.kind}[{outcome.number}]: {outcome.fault.pick(parser.language)}")
    if not given.quiet:
        print(
            parser.say(
                f"{len(chosen)} policies, {len(outcomes)} examples, {len(faults)} faults",
                f"ポリシー {len(chosen)} 件、例 {len(outcomes)} 件、不一致 {len(faults)} 件",
            )
        )
    sys.stdout.flush()
    return 2 if problems else 1 if faults else 0
