"""One results file: bytes in, Results out; tells Checkov's, cfn-lint's and SARIF apart by their shape."""

from __future__ import annotations

import json

from cloudpolicy.foreign.shape import Node
from cloudpolicy.sources import files
from cloudpolicy.sources.files import Unreadable, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.foreign.results import Results

LIMIT = 256 * 1024 * 1024  # bytes; Checkov writes about 8 kB per result


def read(path: str, base: str) -> Results:
    """The results in the file at `path` (absolute); links that lead out of `base` are not followed. Raises Unreadable."""
    try:
        data = files.read_bytes(path, base, LIMIT)
    except Unreadable as error:
        if error.diagnostic.code == "not-utf-8":  # what `>` writes in Windows PowerShell
            raise unreadable(
                path,
                "not-utf-8",
                f"{error.diagnostic.text.en}. In PowerShell let the tool write the file itself (checkov --output-file-path, cfn-lint "
                "--output-file, trivy --output), or pipe through `Out-File -Encoding utf8`",
                f"{error.diagnostic.text.ja}。PowerShell では `>` を使わず、ツール自身に書き出させる(checkov --output-file-path、"
                "cfn-lint --output-file、trivy --output)か、`Out-File -Encoding utf8` を使ってください",
                error.diagnostic.span.line if error.diagnostic.span else 1,
            ) from None
        raise
    return understand(Node(_parsed(data, path), path))


def _parsed(data: bytes, path: str) -> Any:
    if not data.strip():
        raise unreadable(path, "empty-file", "is empty: the tool wrote no results", "空です。ツールが結果を書き出していません")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        raise unreadable(
            path,
            "syntax-error",
            f"is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno}). Write it with checkov -o json, "
            "cfn-lint --format json, or as SARIF",
            f"JSON として正しくありません: {error.msg}({error.lineno} 行 {error.colno} 桁)。checkov -o json、cfn-lint --format json、"
            "または SARIF で出力してください",
            error.lineno,
        ) from None
    except (RecursionError, MemoryError):
        raise unreadable(path, "too-deep", "is nested too deeply to be results", "入れ子が深すぎます。結果ファイルではありません") from None
    except ValueError as error:  # a number of thousands of digits
        raise unreadable(path, "syntax-error", f"is not valid JSON: {error}", f"JSON として正しくありません: {error}") from None


def understand(node: Node) -> Results:
    """The results in a parsed document; raises Unreadable for a shape that is none of the three."""
    from cloudpolicy.foreign import cfn_lint, checkov, sarif

    value = node.value
    for reader in (sarif, checkov, cfn_lint):
        if reader.fits(value):
            results: Results = reader.read(node)
            return results
    if isinstance(value, dict) and str(value.get("schema", "")).startswith("cloudpolicy/"):
        raise node.wrong(
            "is a report of cloudpolicy itself; there is nothing to import", "は cloudpolicy 自身の出力です。取り込む必要はありません"
        )
    if isinstance(value, dict) and ("Results" in value or "results" in value or "queries" in value):
        raise node.wrong(
            "is a tool's own format that is not known here; let the tool write SARIF (trivy --format sarif, kics --report-formats sarif)",
            "は対応していない独自形式です。SARIF で出力してください(trivy --format sarif、kics --report-formats sarif)",
        )
    raise node.wrong(
        "holds no results of Checkov (-o json), of cfn-lint (--format json) or of a SARIF 2.1.0 tool",
        "は Checkov(-o json)、cfn-lint(--format json)、SARIF 2.1.0 のいずれの結果でもありません",
    )
