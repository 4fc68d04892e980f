"""Clauses for people and machines: a list, one clause in full, and the published JSON shape."""

from __future__ import annotations

from cloudpolicy.guidelines import words
from cloudpolicy.guidelines.catalogue import SETTING_TYPES
from cloudpolicy.reports.columns import width, wrap
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.guidelines.catalogue import Catalogue, Clause
    from cloudpolicy.texts import Language

_ANSWERS = {"csp": words.RESPONSIBLE["csp"], "customer": words.RESPONSIBLE["customer"], "both": words.RESPONSIBLE["shared"]}
_UNCERTAIN = Text("uncertain: see the note", "対応が不確か(備考を参照)")


def as_json(catalogue: Catalogue, clause: Clause) -> dict[str, Any]:
    """One clause as the published shape."""
    return {
        "id": clause.id,
        "document": clause.document,
        "number": clause.number,
        "section": _both(clause.section),
        "title": _both(clause.title),
        "responsibility": clause.responsibility,
        "verification": clause.verification,
        "coverage": clause.coverage,
        "setting_type": clause.setting_type,
        "setting": clause.setting or None,
        "control": clause.control,
        "policies": list(clause.policies),
        "indirect": list(clause.indirect),
        "residual": _both(clause.residual),
        "exceptions": _both(clause.exceptions),
        "note": _both(clause.note),
        "provider_answer": clause.provider_answer,
        "mapping_uncertain": clause.mapping_uncertain,
        "refs": list(clause.refs),
        "related": catalogue.related(clause),
    }


def _both(text: Text | None) -> dict[str, str] | None:
    return {"ja": text.ja, "en": text.en} if text is not None else None


def listing(clauses: Sequence[Clause], language: Language, columns: int) -> str:
    """One line or more per clause: id, how it is verified, what it asks."""
    widest = max((width(clause.id) for clause in clauses), default=0)
    kind = max(width(word.pick(language)) for word in words.VERIFIED.values())
    indent = widest + kind + 4
    lines: list[str] = []
    for clause in clauses:
        verification = words.VERIFIED[clause.verification].pick(language)
        head = f"{_padded(clause.id, widest)}  {_padded(verification, kind)}  "
        texts = wrap(clause.title.pick(language), max(30, columns - indent))
        lines.append(head + texts[0])
        lines += [" " * indent + text for text in texts[1:]]
    return "\n".join(lines)


def page(catalogue: Catalogue, clause: Clause, titles: dict[str, Text], language: Language, columns: int) -> str:
    """One clause in full; `titles` are those of the policies by id."""

    def say(en: str, ja: str) -> str:
        return ja if language == "ja" else en

    document = catalogue.documents[clause.document]
    rows: list[tuple[str, str]] = [
        (say("guideline", "ガイドライン"), f"{document.title.pick(language)} ({document.publisher.pick(language)}, {document.date})"),
        (say("section", "章節"), clause.section.pick(language)),
        (say("responsible", "責任"), words.RESPONSIBLE[clause.responsibility].pick(language)),
        (say("verified by", "確認方法"), words.VERIFIED[clause.verification].pick(language)),
        (say("setting type", "設定種別"), f"{clause.setting_type or '-'} {SETTING_TYPES[clause.setting_type].pick(language)}"),
    ]
    if clause.control:
        rows.append((say("control", "統制"), words.CONTROLS[clause.control].pick(language)))
    for label, text in (
        (say("left to a person", "残る確認"), clause.residual),
        (say("exceptions", "例外"), clause.exceptions),
        (say("note", "備考"), clause.note),
    ):
        if text is not None:
            rows.append((label, text.pick(language)))
    if clause.provider_answer:
        doubt = f" ({_UNCERTAIN.pick(language)})" if clause.mapping_uncertain else ""
        rows.append((say("answer names", "回答の責任者"), _ANSWERS[clause.provider_answer].pick(language) + doubt))
    for policy in clause.policies:
        name = f"{policy} {titles[policy].pick(language)}" if policy in titles else policy
        rows.append((say("policy", "ポリシー"), name + (say(" (touches on it)", "(関連は間接的)") if policy in clause.indirect else "")))
    if clause.refs:
        rows.append((say("takes over", "引き継ぐ条項"), ", ".join(clause.refs)))
    related = catalogue.related(clause)
    if related:
        rows.append((say("related", "関連する条項"), ", ".join(related[:12]) + (", …" if len(related) > 12 else "")))
    widest = max(width(label) for label, _ in rows)
    lines = [clause.id, *(f"  {line}" for line in wrap(clause.title.pick(language), columns - 2)), ""]
    before = ""
    for label, value in rows:
        for index, line in enumerate(wrap(value, max(30, columns - widest - 4))):
            lines.append(f"  {_padded(label if index == 0 and label != before else '', widest)}  {line}")
        before = label
    return "\n".join(lines)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
