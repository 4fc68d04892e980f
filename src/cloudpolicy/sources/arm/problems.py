"""Diagnostics of the ARM sources; the sentences about texts in general are those of the CloudFormation source."""

from __future__ import annotations

from cloudpolicy.model import Diagnostic, Span
from cloudpolicy.sources.cloudformation.problems import (
    duplicate_key,
    invalid,
    invalid_expression,
    problem,
    syntax_error,
    too_deep,
    undefined,
)

__all__ = [
    "cycle",
    "duplicate_key",
    "invalid",
    "invalid_expression",
    "problem",
    "syntax_error",
    "too_deep",
    "undefined",
    "unknown_function",
]


def cycle(span: Span, chain: str) -> Diagnostic:
    return problem(
        "error",
        "reference-cycle",
        span,
        f"the value refers to itself ({chain}); break the cycle, it counts as unknown",
        f"値が自分自身を参照しています({chain})。循環を解消してください。値は不明として扱います",
    )


def unknown_function(span: Span, name: str) -> Diagnostic:
    return problem(
        "warning",
        "unsupported-expression",
        span,
        f"{name}() is no function that cloudpolicy knows; the value counts as unknown, write it literally if it can be",
        f"{name}() は cloudpolicy の知らない関数です。値は不明として扱います。可能なら直接記述してください",
    )
