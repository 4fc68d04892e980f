"""One results file: bytes in, Results out; tells Checkov's, cfn-lint's and SARIF apart by their shape."""

from __future__ import annotations

import contextlib
import json
import re

from cloudpolicy import journal
from cloudpolicy.foreign.shape import Node
from cloudpolicy.sources import files
from cloudpolicy.sources.files import Unreadable, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.foreign.results import Results
    from cloudpolicy.model import Diagnostic

_SPACE = re.compile(r"\s*")
LIMIT = 256 * 1024 * 1024  # bytes; Checkov writes about 8 kB per result


def read(path: str, base: str) -> Results:
    """The results in the file at `path` (absolute); links that lead out of `base` are not followed. Raises Unreadable."""
    try:
        data = files.read_bytes(path, base, LIMIT)
    except Unreadable as error:
        if error.diagnostic.code != "not-utf-8":
            raise
        data = _from_powershell(path, error.diagnostic)
    return understand(Node(_parsed(data, path), path))


def _from_powershell(path: str, refused: Diagnostic) -> bytes:
    """What its `>` wrote, UTF-16, as UTF-8; raises Unreadable for every other encoding."""
    data = journal.content(path, LIMIT)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        with contextlib.suppress(UnicodeError):
            return data.decode("utf-16").encode()
    raise unreadable(
        path,
        "not-utf-8",
        f"{refused.text.en}. Let the tool write the file itself (checkov --output-file-path, cfn-lint --output-file, trivy --output)",
        f"{refused.text.ja}。`>` を使わず、ツール自身に書き出させてください(checkov --output-file-path、cfn-lint --output-file、trivy --output)",
        refused.span.line if refused.span else 1,
    ) from None


def _parsed(data: bytes, path: str) -> Any:
    if not data.strip():
        raise unreadable(path, "empty-file", "is empty: the tool wrote no results", "空です。ツールが結果を書き出していません")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        several = _several(data) if error.msg == "Extra data" else None
        if several is not None:
            return several
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


def _several(data: bytes) -> list[Any] | None:
    """The results of runs that were written one after another (Checkov does so for every further -d) as those of one; None for anything else."""
    from cloudpolicy.foreign import cfn_lint, checkov

    text, decoder = data.decode("utf-8"), json.JSONDecoder()
    values: list[Any] = []
    place = _after_space(text, 0)
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError, MemoryError):
            return None
        values.append(value)
        place = _after_space(text, place)
    if not any(all(reader.fits(value) for value in values) for reader in (checkov, cfn_lint)):
        return None
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found is not None else place


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
