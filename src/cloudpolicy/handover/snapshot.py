"""What one pack or JSON report says, read back for a comparison."""

from __future__ import annotations

import errno
import json
import os

from cloudpolicy.cloud.errors import DIFFERENCES
from cloudpolicy.handover import manifest
from cloudpolicy.handover.verify import verify
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REPORT = "cloudpolicy/report/v1"
LIMIT = 1_000_000_000  # bytes of a report


class Unusable(Exception):
    """Neither an intact pack nor a JSON report; `text` says what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Finding:
    """One finding as it stands in a report."""

    __slots__ = ("address", "attribute", "file", "fingerprint", "line", "message", "policy", "severity", "type", "verdict")

    def __init__(self, content: dict[str, Any]) -> None:
        resource, location = content["resource"], content["location"]
        self.policy = str(content["policy"])
        self.verdict = str(content["verdict"])
        self.severity = str(content["severity"])
        self.type = str(resource["type"])
        self.address = str(resource["address"])
        self.file = str(location["file"])
        self.line = int(location["line"])
        self.attribute = str(content["attribute"])
        self.message = str(content["message"])
        self.fingerprint = str(content["fingerprint"])


class Snapshot:
    """findings  every finding, passes where the report holds them
    errors    messages about what could not be read
    apart     what a report of `live` says of differences from the source and of drift: (code, file, message)
    run       how it was run: "profile", "pack", "parameters" …
    version   of the tool
    clauses   clause -> status; None for a plain report
    inputs    file -> SHA-256; None for a plain report, which knows only names
    """

    __slots__ = ("apart", "clauses", "errors", "findings", "inputs", "run", "version")

    def __init__(self, report: dict[str, Any], clauses: dict[str, str] | None = None, inputs: dict[str, str] | None = None) -> None:
        for name, kind in (("findings", list), ("diagnostics", list), ("run", dict)):
            if not isinstance(report[name], kind):  # {} is no empty list: what is no report must not look like one without findings
                raise ValueError
        self.findings = [Finding(content) for content in report["findings"]]
        self.errors = [str(item["message"]) for item in report["diagnostics"] if item["severity"] == "error"]
        self.apart = [
            (str(item["code"]), str((item.get("location") or {}).get("file", "")), str(item["message"]))
            for item in report["diagnostics"]
            if item["code"] in DIFFERENCES
        ]
        self.run: dict[str, Any] = dict(report["run"])
        self.version = str(report["tool"]["version"])
        self.clauses = clauses
        self.inputs = inputs


def load(path: str) -> Snapshot:
    """The pack (a folder) or JSON report (a file) at `path`; raises Unusable."""
    try:
        if not os.path.isdir(path):
            return Snapshot(_report(path))
        if not os.path.exists(os.path.join(path, manifest.NAME)):
            raise ValueError
        return _pack(path)
    except OSError as error:
        raise Unusable(Text(f"{path} cannot be read: {error.strerror}", f"{path} を読み取れません: {error.strerror}")) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Unusable(
            Text(
                f"{path} is neither a handover pack nor a report of cloudpolicy (scan --format json)",
                f"{path} は引き渡しパックでも cloudpolicy のレポート(scan --format json)でもありません",
            )
        ) from None


def _report(path: str) -> dict[str, Any]:
    content = json.loads(read(path))
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != REPORT:
        if isinstance(schema, str) and schema.startswith("cloudpolicy/report/"):
            raise Unusable(
                Text(
                    f"{path} was written by another version of cloudpolicy ({schema}, this one reads {REPORT}): scan again with one version",
                    f"{path} は別のバージョンの cloudpolicy で作成されています({schema}。対応しているのは {REPORT})。同じバージョンで検査し直してください",
                )
            )
        raise ValueError
    assert isinstance(content, dict)
    return content


def read(path: str) -> bytes:
    """The bytes of a file that somebody hands us. Raises OSError, also for a pipe, which would be waited for; ValueError for one too large."""
    if os.path.lexists(path) and not os.path.isdir(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, "not a regular file")
    with open(path, "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError
    return data


def _pack(folder: str) -> Snapshot:
    found = verify(folder)
    if found.problems or found.manifest is None:
        what = found.problems[0].text
        raise Unusable(
            Text(
                f"{folder} is not as it was handed over ({what.en}); see: cloudpolicy verify {folder}",
                f"{folder} は引き渡し時から変わっています({what.ja})。確認: cloudpolicy verify {folder}",
            )
        )
    with open(os.path.join(folder, "clauses.json"), "rb") as file:
        clauses = {str(item["id"]): str(item["status"]) for item in json.load(file)["clauses"]}
    inputs = {entry.path: entry.sha256 for entry in found.manifest.inputs}
    snapshot = Snapshot(_report(os.path.join(folder, "findings.json")), clauses, inputs)
    snapshot.run["guidelines"] = found.manifest.policy_pack.guidelines
    return snapshot
