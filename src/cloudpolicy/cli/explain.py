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

    from cloudpolicy.policy.documents import Document
    from cloudpolicy.policy.schema import Bilingual


def add(parser: Parser) -> None:
    say = parser.say
    parser.add_argument("policy", metavar=say("POLICY", "ポリシー"), help=say("id, slug or alias", "ID または別名"))
    parser.add_argument("--policies", metavar="DIR", help=say("another policy pack", "別のポリシーパックを使う"))
    parser.add_argument("--lang", choices=("ja", "en"), help=say("language", "表示言語"))


def main(given: Namespace, parser: Parser) -> int:
    from cloudpolicy.policy import documents

    pack = packs.load(os.path.abspath(given.policies) if given.policies else None)
    try:
        ids = selection.resolve(pack, given.policy)
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    found, _ = documents.load_folder(pack.folder)
    pages = [_page(document, parser) for document in found if document.policy.id in ids]
    print("\n\n".join(pages))
    return 0


def _page(document: Document, parser: Parser) -> str:
    from cloudpolicy.policy import documents

    say, policy = parser.say, document.policy

    def pick(words: Bilingual) -> str:
        return say(words.en, words.ja).strip()

    lines = [
        f"{policy.id}  {pick(policy.title)}",
        f"{say('severity', '重大度')}: {policy.severity}   {say('confidence', '確度')}: {policy.confidence}   "
        f"{say('profiles', 'プロファイル')}: {', '.join(policy.profiles)}   {say('since', '追加')}: {policy.since}",
        "",
        say("Why", "理由"),
        _indent(pick(policy.rationale)),
        "",
        say("How to fix", "対処"),
        _indent(pick(policy.remedy)),
        "",
        say("Clauses", "根拠条項"),
        _indent("\n".join(policy.clauses) or "-"),
    ]
    if policy.parameters:
        lines += ["", say("Parameters", "パラメータ")]
        lines += [f"  {name} = {parameter.default!r}  {pick(parameter.about)}" for name, parameter in policy.parameters.items()]
    lines += ["", say("Resource types", "対象リソース")]
    lines.append(_indent("\n".join(dict.fromkeys(resource for check in policy.checks for resource in documents.listed(check.resource)))))
    for form, examples in policy.examples.items():
        for title, given in ((say("Fail", "不適合の例"), examples.fail), (say("Pass", "適合の例"), examples.passing)):
            first = given[0]
            text = first if isinstance(first, str) else next(iter(first.files.values()))
            lines += ["", f"{title} ({form})", _indent(text.strip())]
    return "\n".join(lines)


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())
