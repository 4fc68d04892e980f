"""Diagnostics of the CloudFormation source that several of its modules report: one place for their sentences."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.model import Severity

# How the sentence on a syntax error ends: a file that is no template has another consequence.
NOTHING_JUDGED = Text("; correct it, nothing of this file was judged", "。修正してください。このファイルは判定されていません")


def problem(severity: Severity, code: str, span: Span, en: str, ja: str) -> Diagnostic:
    return Diagnostic(severity, code, Text(en, ja), span)


def syntax_error(file: str, line: int, column: int, what: str) -> Diagnostic:
    return problem(
        "error",
        "syntax-error",
        Span(file, line, column),
        f"line {line} cannot be parsed: {what}{NOTHING_JUDGED.en}",
        f"{line} 行目を解析できません({what}){NOTHING_JUDGED.ja}",
    )


def too_deep(file: str, line: int, limit: int) -> Diagnostic:
    return problem(
        "error",
        "too-deep",
        Span(file, line),
        f"is nested deeper than {limit} levels; split it, nothing of it was judged",
        f"入れ子が {limit} 段を超えています。分割してください。このファイルは判定されていません",
    )


def too_large(file: str, line: int, limit: int) -> Diagnostic:
    return problem(
        "error",
        "expansion-limit",
        Span(file, line),
        f"holds more than {limit:,} values with its aliases expanded; split it, nothing of it was judged",
        f"値の数がエイリアス展開後に {limit:,} 個を超えます。分割してください。このファイルは判定されていません",
    )


def duplicate_key(file: str, key: str, line: int, column: int) -> Diagnostic:
    return problem(
        "error",
        "duplicate-key",
        Span(file, line, column),
        f'the key "{key}" stands twice in one mapping; only the first was judged, remove one of them',
        f"同じマッピングにキー「{key}」が重複しています。先のものだけを判定しました。片方を削除してください",
    )


def invalid(span: Span, en: str, ja: str) -> Diagnostic:
    return problem("error", "invalid-template", span, en, ja)


def undefined(span: Span, kind: str, kind_ja: str, name: str) -> Diagnostic:
    return problem(
        "error",
        "undefined-reference",
        span,
        f'there is no {kind} "{name}" in this template; correct the reference',
        f"このテンプレートに{kind_ja}「{name}」はありません。参照を修正してください",
    )


def invalid_expression(span: Span, expression: str, en: str, ja: str) -> Diagnostic:
    return problem("error", "invalid-expression", span, f"{expression}: {en}", f"{expression}: {ja}")
