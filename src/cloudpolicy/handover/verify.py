"""Verification by the receiver: does the folder hold what its manifest says, do the sources, and does a scan of one's own agree?

Nothing in the pack or the sources is trusted: names are checked, files are only read, and what cannot be compared is said, never passed over.
"""

from __future__ import annotations

import json
import os
from collections import Counter

from cloudpolicy import __version__, config
from cloudpolicy.config import ConfigError
from cloudpolicy.guidelines.status import STATUSES
from cloudpolicy.handover import manifest, pack
from cloudpolicy.policy import pack as packs
from cloudpolicy.scan import Request
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.handover.manifest import Manifest

_KEPT = ("AWS_REGION", "AWS_DEFAULT_REGION")


class Remark:
    """kind   "pack", "sources", "policies", "verdict", "clause" or "note"
    file   the file that it is about, "" for the whole
    text   what is the case
    """

    __slots__ = ("file", "kind", "text")

    def __init__(self, kind: str, text: Text, file: str = "") -> None:
        self.kind = kind
        self.text = text
        self.file = file


class Verification:
    """manifest  of the pack; None where it cannot be used
    problems  what does not match, or could not be compared although it was asked for
    notes     what the receiver should know
    checked   what was compared: files of the pack, files of the sources, findings and clauses of the scan
    """

    __slots__ = ("checked", "manifest", "notes", "problems")

    def __init__(self) -> None:
        self.manifest: Manifest | None = None
        self.problems: list[Remark] = []
        self.notes: list[Remark] = []
        self.checked = {"files": 0, "sources": 0, "findings": 0, "clauses": 0}

    def wrong(self, kind: str, en: str, ja: str, file: str = "") -> None:
        self.problems.append(Remark(kind, Text(en, ja), file))

    def note(self, en: str, ja: str) -> None:
        self.notes.append(Remark("note", Text(en, ja)))


def verify(folder: str, source: str | None = None, policies: str | None = None, digest: str | None = None, jobs: int = 1) -> Verification:
    """Hold the pack in `folder` against its manifest, and against the delivered `source` where one is named.

    policies  folder of the user's own policies, where the pack was made with some
    digest    the manifest's digest as the receiver was told it by another way

    Raises OSError when the folder holds no manifest that can be opened.
    """
    found = Verification()
    found.manifest, faults = manifest.read(os.path.join(folder, manifest.NAME))
    found.problems += [Remark("pack", fault, manifest.NAME) for fault in faults]
    if found.manifest is None:
        return found
    if digest is not None and digest.strip().lower() != found.manifest.digest:
        found.wrong(
            "pack",
            f"the pack is not the one that you were told of: its digest is {found.manifest.digest}",
            f"伝えられたパックではありません(このパックのダイジェスト: {found.manifest.digest})",
        )
    _outputs(folder, found, found.manifest)
    same = _policies(found, found.manifest, policies, source is not None)
    if source is not None:
        base = os.path.abspath(source if os.path.isdir(source) else os.path.dirname(os.path.abspath(source)))
        compare_sources(base, found, found.manifest)
        _scan(folder, base, found, found.manifest, policies, jobs, same)
    return found


def _outputs(folder: str, found: Verification, content: Manifest) -> None:
    """Every file of the pack, none missing and none besides."""
    listed = {entry.path: entry for entry in content.outputs}
    for name, entry in listed.items():
        path = os.path.join(folder, name)
        found.checked["files"] += 1
        try:
            if os.path.islink(path):
                found.wrong("pack", f"{name} is a link", f"{name} がリンクに置き換えられています", name)
            elif manifest.file_digest(path) != (entry.bytes, entry.sha256):
                found.wrong("pack", f"{name} was changed", f"{name} が変更されています", name)
        except FileNotFoundError:
            found.wrong("pack", f"{name} is missing", f"{name} がありません", name)
        except OSError as error:
            found.wrong("pack", f"{name} cannot be read: {error.strerror}", f"{name} を読み取れません: {error.strerror}", name)
    for name in sorted(os.listdir(folder)):
        if name not in listed and name != manifest.NAME:
            found.wrong("pack", f"{name} is no part of the pack", f"{name} はパックに含まれないファイルです", name)


def _policies(found: Verification, content: Manifest, policies: str | None, needed: bool) -> bool:
    """Whether the policies installed here are those that the pack names; needed when the scan is to be repeated."""
    here = pack.pack_facts(packs.load_with(policies))
    named = content.policy_pack
    if (here["digest"], here["guidelines"]) == (named.digest, named.guidelines):
        if content.tool.version != __version__:
            found.note(
                f"the pack was made with cloudpolicy {content.tool.version}, this is {__version__}; the policies are the same",
                f"パックは cloudpolicy {content.tool.version} で作成されています(実行中は {__version__}。ポリシーは同じです)",
            )
        return True
    own = "+" in named.digest and policies is None
    hint = Text("name the folder of the pack's own policies with --policies", "独自ポリシーのフォルダを --policies で指定してください")
    if not own:
        version = content.tool.version
        hint = Text(
            f"the pack was made with cloudpolicy {version}, this is {__version__}",
            f"パックは cloudpolicy {version} で作成されています(実行中は {__version__})",
        )
    remark = Remark(
        "policies",
        Text(f"the policies here are not those of the pack: {hint.en}", f"実行環境のポリシーがパックのものと異なります: {hint.ja}"),
    )
    (found.problems if needed else found.notes).append(remark)
    return False


def compare_sources(base: str, found: Verification, content: Manifest) -> None:
    """Every file that the scan had read."""
    for entry in content.inputs:
        name = entry.path
        found.checked["sources"] += 1
        if os.path.isabs(name) or "\0" in name:
            found.wrong("sources", f"{name!r} lies outside the sources", f"{name!r} は検査対象の外にあります", name)
            continue
        try:
            if manifest.file_digest(os.path.normpath(os.path.join(base, name))) != (entry.bytes, entry.sha256):
                found.wrong("sources", f"{name} was changed", f"{name} が変更されています", name)
        except FileNotFoundError:
            found.wrong("sources", f"{name} is missing", f"{name} がありません", name)
        except OSError as error:
            found.wrong("sources", f"{name} cannot be read: {error.strerror}", f"{name} を読み取れません: {error.strerror}", name)


def _scan(folder: str, base: str, found: Verification, content: Manifest, policies: str | None, jobs: int, same: bool) -> None:
    """Scan again as the manifest says, and compare every verdict."""
    from cloudpolicy import reports
    from cloudpolicy.reports.handover import clauses

    try:
        order = _order(base, found, content, policies, jobs, os.path.join(folder, manifest.NAME))
        dossier = pack.judge(order)
    except (ConfigError, pack.Unbuildable) as error:
        text = error.diagnostic.text if isinstance(error, ConfigError) else error.text
        found.wrong("verdict", f"the scan could not be repeated: {text.en}", f"検査を再実行できませんでした: {text.ja}")
        return
    known = {entry.path for entry in content.inputs}
    for entry in dossier.inputs:
        if entry["path"] not in known:
            name = str(entry["path"])
            found.wrong(
                "sources", f"{name} is read by the scan, and is not in the pack", f"{name} がパック作成時の検査対象にありません", name
            )
    now = json.loads(reports.render("json", dossier.report, reports.Style(lang=content.language)))
    before = _load(os.path.join(folder, "findings.json"), "findings")
    stated = _load(os.path.join(folder, "clauses.json"), "clauses")
    if before is None or stated is None:
        found.wrong("verdict", "the pack's verdicts cannot be read", "パック内の判定結果を読み取れません")
        return
    if not same:
        found.note(
            "the scan was repeated with other policies: verdicts may differ for that reason",
            "異なるポリシーで再検査しました。判定の相違はそのためかもしれません",
        )
    found.checked["findings"] = len(now["findings"])
    _verdicts(found, before, now["findings"])
    for diagnostic in now["diagnostics"]:
        if diagnostic["severity"] == "error":
            found.note(f"the repeated scan: {diagnostic['message']}", f"再検査: {diagnostic['message']}")
    here = {item["id"]: item["status"] for item in json.loads(clauses.render(dossier))["clauses"]}
    there = {str(item.get("id")): str(item.get("status")) for item in stated}
    found.checked["clauses"] = len(here)
    for id in dict.fromkeys([*there, *here]):
        if there.get(id) != here.get(id):
            said, seen = (STATUSES.get(word, Text(word, word)) for word in (there.get(id, "-"), here.get(id, "-")))
            found.wrong(
                "clause",
                f"{id}: the pack says “{said.en}”, the scan “{seen.en}”",
                f"{id}: パックでは「{said.ja}」、再検査では「{seen.ja}」",
                id,
            )


def _order(base: str, found: Verification, content: Manifest, policies: str | None, jobs: int, source: str) -> pack.Order:
    """The pack's own order, over the delivered sources. Raises ConfigError."""
    scan = content.scan

    def absolute(path: str) -> str:
        """Where it stands here. What the pack was made of lies below its folder or, as configuration does, above: never anywhere else."""
        if os.path.isabs(path) or "\0" in path:
            raise pack.Unbuildable(Text(f"{path!r} lies outside the sources", f"{path!r} は検査対象の外にあります"))
        return os.path.normpath(os.path.join(base, path))

    def files(values: dict[str, Any]) -> dict[str, Any]:
        lists = {key: values[key] for key in ("var_files", "parameter_files") if isinstance(values.get(key), list)}
        return {**values, **{key: [absolute(path) if isinstance(path, str) else path for path in paths] for key, paths in lists.items()}}

    settings = config.restored(files(scan.settings), [files(table) for table in scan.per_path], absolute(scan.folder), source)
    environment = {}
    for name, value in scan.environment.items():
        if name in _KEPT and value is not None:
            environment[name] = value
        elif name.startswith("TF_VAR_") and name in os.environ:
            environment[name] = os.environ[name]
        else:
            found.note(
                f"{name} was set when the pack was made, and is not set here: what depends on it may be undecided",
                f"{name} がパック作成時には設定されていましたが、ここでは未設定です。関係する項目は判定不能になることがあります",
            )
    paths = [absolute(path) for path in scan.paths]
    for name, path in zip(scan.paths, paths, strict=True):
        if path != base and not path.startswith(base.rstrip(os.sep) + os.sep):
            raise pack.Unbuildable(Text(f"{name!r} lies outside the sources", f"{name!r} は検査対象の外にあります"))
    missing = [path for path in paths if not os.path.exists(path)]
    if missing:
        raise pack.Unbuildable(Text(f"{missing[0]} does not exist", f"{missing[0]} がありません"))
    request = Request(paths, settings, environment, os.path.abspath(policies) if policies else None, True, jobs)
    request.base = base
    request.project = _project(base, content, request.project)
    statements = next((absolute(entry.path) for entry in content.inputs if entry.role == "attestations"), None)
    if statements is not None and not os.path.isfile(statements):
        statements = None
    return pack.Order(request, content.system, content.language, content.day, statements)


def _project(base: str, content: Manifest, otherwise: str) -> str:
    """The folder that holds the sources and everything else that the pack's scan had read."""
    up = max((entry.path.split("/").count("..") for entry in content.inputs), default=0)
    top = os.path.normpath(os.path.join(base, *[".."] * up))
    return min(top, otherwise, key=len) if base.startswith(otherwise) else top


def _load(path: str, key: str) -> list[dict[str, Any]] | None:
    try:
        with open(path, "rb") as file:
            found = json.load(file)[key]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, list) and all(isinstance(item, dict) for item in found) else None


def _verdicts(found: Verification, before: Iterable[dict[str, Any]], now: Iterable[dict[str, Any]]) -> None:
    """Each resource under each policy: the same verdicts on the same lines, for the same reason."""
    there, here = _grouped(before), _grouped(now)
    for key in dict.fromkeys([*there, *here]):
        old, new = there.get(key, Counter()), here.get(key, Counter())
        if old != new:
            policy, file, resource = key
            said, seen = _named(old - new), _named(new - old)
            found.wrong(
                "verdict",
                f"{policy} {resource} ({file}): the pack says {said.en}, the scan {seen.en}",
                f"{policy} {resource} ({file}): パックでは {said.ja}、再検査では {seen.ja}",
                file,
            )


def _grouped(findings: Iterable[dict[str, Any]]) -> dict[tuple[str, str, str], Counter[tuple[str, ...]]]:
    grouped: dict[tuple[str, str, str], Counter[tuple[str, ...]]] = {}
    for finding in findings:
        resource, location = finding.get("resource"), finding.get("location")
        if not isinstance(resource, dict) or not isinstance(location, dict):
            resource, location = {}, {}
        key = (str(finding.get("policy")), str(location.get("file")), str(resource.get("address") or resource.get("type")))
        facts = (finding.get("verdict"), location.get("line"), finding.get("severity"), finding.get("attribute"), finding.get("seen"))
        grouped.setdefault(key, Counter())[tuple(map(str, facts))] += 1
    return grouped


def _named(verdicts: Counter[tuple[str, ...]]) -> Text:
    from cloudpolicy.reports.words import VERDICT

    named = [(VERDICT.get(verdict, Text(verdict, verdict)), line) for verdict, line, *_ in verdicts]
    return Text(
        ", ".join(f"{verdict.en} (line {line})" for verdict, line in named) or "-",
        "、".join(f"{verdict.ja}({line} 行)" for verdict, line in named) or "-",
    )
