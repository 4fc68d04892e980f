"""The documentation page of a policy, made from its document: Markdown for docs/policies and for `cloudpolicy explain`."""

from __future__ import annotations

import re

from cloudpolicy.policy.documents import Document, listed
from cloudpolicy.policy.pack import format_of
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudpolicy.policy.schema import Bilingual, Example
    from cloudpolicy.texts import Language

FORMATS = {"terraform": "Terraform", "cloudformation": "CloudFormation", "arm": "ARM / Bicep"}
GUIDELINES = {
    "fisc-2012": Text("FISC safety standards, 8th edition (2012)", "FISC 安全対策基準 第8版(2012年)"),
    "osaka-2024": Text("Osaka City cloud service guideline (2024)", "大阪市 クラウドサービス利用ガイドライン(2024年)"),
    "cio-2021": Text("Basic policy on government cloud use (2021)", "政府情報システムにおけるクラウドサービスの利用に係る基本方針(2021年)"),
    "aws-lg-2019": Text("AWS deck for municipalities (2019)", "AWS 自治体向け資料(2019年)"),
}
SETTINGS = {
    "IAM": Text("Identities and access", "アカウントと権限"),
    "LOG": Text("Logs and audit trails", "ログ・監査証跡"),
    "OBJ": Text("Object storage", "オブジェクトストレージ"),
    "VM": Text("Virtual machines", "仮想サーバ"),
    "NET": Text("Networks", "ネットワーク"),
    "CSM": Text("Posture and threat management", "設定監視・脅威検知"),
    "KEY": Text("Keys and secrets", "鍵・秘密情報"),
    "APP": Text("Applications and APIs", "アプリケーション・API"),
    "DB": Text("Databases", "データベース"),
    "CON": Text("Containers", "コンテナ"),
    "RES": Text("Regions", "リージョン・データの所在"),
    "BCK": Text("Backups and redundancy", "バックアップ・冗長化"),
    "TLS": Text("Encryption in transit", "通信の暗号化"),
    "OTH": Text("Other", "その他"),
}
SEVERITIES = {
    "critical": Text("critical", "重大"),
    "high": Text("high", "高"),
    "medium": Text("medium", "中"),
    "low": Text("low", "低"),
}
_FENCES = {"terraform": "hcl", "cloudformation": "yaml", "arm": "bicep"}
_MARK = re.compile(r"[ \t]*(?:#|//)\s*(?:fail|unknown)[ \t]*$", re.MULTILINE)


def page(document: Document, language: Language, level: int = 1) -> str:
    """One policy in one language; `level` is the depth of its first heading."""

    def say(en: str, ja: str) -> str:
        return ja if language == "ja" else en

    policy = document.policy
    head = "#" * level
    area = SETTINGS[policy.id.split("_")[1]].pick(language) if policy.id.split("_")[1] in SETTINGS else ""
    lines = [
        f"{head} {policy.id} {words(policy.title, language)}",
        "",
        f"{say('Severity', '重大度')}: **{SEVERITIES[policy.severity].pick(language)}** · {say('setting', '設定種別')}: {area} · "
        f"{say('profiles', 'プロファイル')}: {', '.join(policy.profiles)} · `{policy.slug}`",
        "",
        f"{head}# {say('What is checked', '検査すること')}",
        "",
        *_scope(document, language),
        "",
        f"{head}# {say('Why', '理由')}",
        "",
        words(policy.rationale, language),
        "",
        *_clauses(policy.clauses, language),
        "",
        f"{head}# {say('How to fix', '対処')}",
        "",
        words(policy.remedy, language),
    ]
    if policy.parameters:
        lines += [
            "",
            f"| {say('parameter', 'パラメータ')} | {say('default', '既定値')} | {say('meaning', '意味')} |",
            "| --- | --- | --- |",
        ]
        lines += [
            f"| `{name}` | `{_cell(_value(item.default))}` | {_cell(words(item.about, language))} |"
            for name, item in policy.parameters.items()
        ]
    for form, examples in policy.examples.items():
        for title, given in ((say("Fail", "不適合の例"), examples.fail), (say("Pass", "適合の例"), examples.passing)):
            lines += ["", f"{head}# {title} — {FORMATS[form]}", "", *_example(given, form)]
    lines += ["", f"{head}# {say('Limits', '限界')}", "", *_limits(document, language)]
    return "\n".join(lines)


def words(text: Bilingual, language: Language) -> str:
    """One paragraph of a bilingual text, joined as its language joins lines."""
    from cloudpolicy.policy.pack import join_japanese

    return join_japanese(text.ja) if language == "ja" else " ".join(text.en.split())


def clause(id: str, language: Language) -> str:
    """A clause's id as people cite it: the guideline's title and the number in it."""
    guideline, _, number = id.partition(":")
    return f"{GUIDELINES[guideline].pick(language)} {number}" if guideline in GUIDELINES else id


def _scope(document: Document, language: Language) -> list[str]:
    types: dict[str, dict[str, None]] = {}
    for check in document.policy.checks:
        for resource in listed(check.resource):
            types.setdefault(format_of(resource), {})[resource] = None
    for expect in document.policy.expects:
        for resource in listed(expect.resource):
            types.setdefault(format_of(resource), {})[resource] = None
    return [f"- {FORMATS[form]}: {', '.join(f'`{name}`' for name in names)}" for form, names in types.items()]


def _clauses(ids: Iterable[str], language: Language) -> list[str]:
    numbers: dict[str, list[str]] = {}
    for id in ids:
        guideline, _, number = id.partition(":")
        numbers.setdefault(guideline, []).append(number)
    join = "、" if language == "ja" else ", "
    titles = {name: GUIDELINES[name].pick(language) if name in GUIDELINES else name for name in numbers}
    return [f"- {titles[name]}: {join.join(found)}" for name, found in numbers.items()]


def _example(given: list[str | Example], form: str) -> list[str]:
    first = next((example for example in given if isinstance(example, str)), given[0])
    files = {"": first} if isinstance(first, str) else first.files
    lines: list[str] = []
    for name, text in files.items():
        fence = "json" if text.lstrip().startswith("{") else _FENCES[form]
        lines += [*([f"`{name}`", ""] if name else []), f"```{fence}", _MARK.sub("", text).strip(), "```"]
    return lines


def _limits(document: Document, language: Language) -> list[str]:
    def say(en: str, ja: str) -> str:
        return ja if language == "ja" else en

    policy = document.policy
    lines: list[str] = []
    if policy.expects:
        lines.append(
            say(
                'A template that holds no such resource proves nothing, because another stack may: "unknown" once per estate, and a failure only with `scope = "account"`.',
                '該当リソースがテンプレートに無いだけでは判断できません(別のスタックにある可能性があります)。検査単位ごとに 1 回「判定不能」とし、`scope = "account"` の設定時のみ不適合とします。',
            )
        )
    undecidable = [form for form, examples in policy.examples.items() if not isinstance(examples.unknown, str)]
    if undecidable:
        lines.append(
            say(
                "A value that the text does not settle (a variable without a value, an attribute known after deployment) is unknown, never a pass.",
                "テキストから値が定まらない場合(値のない変数、配備後に決まる属性など)は「判定不能」とし、適合とはみなしません。",
            )
        )
    advisory = sorted({name for check in policy.checks for name in check.profiles or ()})
    if advisory:
        lines.append(
            say(
                f"Some checks run only in these profiles: {', '.join(advisory)}.",
                f"一部の検査は次のプロファイルでのみ行います: {', '.join(advisory)}。",
            )
        )
    lines.append(
        say(
            "A template shows what will be deployed, not what runs: settings changed by hand afterwards are not seen.",
            "検査するのは配備前のテンプレートです。配備後に手作業で変更された設定は対象になりません。",
        )
    )
    return [f"- {line}" for line in lines]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def index(documents: list[Document]) -> str:
    """docs/policies/README.md: all policies by setting type and by guideline, in both languages."""
    lines = [
        "# ポリシー一覧 / Policies",
        "",
        "この一覧は `make docs` が生成します。 Made by `make docs`.",
        "",
        "## 設定種別から / By setting type",
        "",
    ]
    for area, title in SETTINGS.items():
        found = [document for document in documents if document.policy.id.split("_")[1] == area]
        if found:
            lines += [f"### {area} {title.ja} / {title.en}", "", "| ID | 内容 | | 重大度 |", "| --- | --- | --- | --- |"]
            lines += [
                f"| [{d.policy.id}]({d.policy.id}.md) | {words(d.policy.title, 'ja')} | {words(d.policy.title, 'en')} | {SEVERITIES[d.policy.severity].ja} {d.policy.severity} |"
                for d in found
            ]
            lines.append("")
    lines += ["## 指針の条項から / By guideline", ""]
    for guideline, title in GUIDELINES.items():
        clauses: dict[str, list[str]] = {}
        for document in documents:
            for id in document.policy.clauses:
                name, _, number = id.partition(":")
                if name == guideline:
                    clauses.setdefault(number, []).append(document.policy.id)
        lines += [f"### {title.ja} / {title.en}", "", "| 条項 | ポリシー |", "| --- | --- |"]
        lines += [f"| {number} | {', '.join(f'[{id}]({id}.md)' for id in ids)} |" for number, ids in sorted(clauses.items())]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
