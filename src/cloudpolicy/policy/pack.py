"""The compiled pack: every policy's checks in one file that a scan loads in two milliseconds without parsing YAML.

Each line is JSON by itself, and pure ASCII, so that it is split as bytes and only what is asked for is parsed: what all policies are, then their
texts, their fixes, and one line per check.
The file is rebuilt when a document changes (names, sizes and times are compared), replaced in one step so that concurrent processes never
see half of it, and kept in the user's cache folder when the pack's own folder cannot be written. JSON, not pickle or marshal: a hostile
cache file can at worst be refused.
"""

from __future__ import annotations

import os

from cloudpolicy import __version__, places
from cloudpolicy.model import type_key
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cloudpolicy.findings import PolicyText
    from cloudpolicy.model import Diagnostic

INSTALLED = "pack"  # the folder of the documents inside the installed package
LAYOUT = 6  # of the compiled file; another number means: rebuild


class Pack:
    """All policies of one folder, or of ours and a user's.

    folders      where the documents stand
    policies     id -> {"severity", "profiles", "parameters", "checks": how many, "expects": […], …}, ordered by id
    profiles     name -> {"title", "about", "extends", "parameters"}, the default one first
    types        resource type (as `type_key` has it; may end in "*") -> policy id -> numbers of the checks that speak of it
    diagnostics  documents that could not be taken
    digest       SHA-256 over the documents' contents
    """

    __slots__ = ("_checks", "_fixes", "_texts", "_unread_fixes", "_unread_texts", "diagnostics", "digest", "folders", "policies", "profiles", "types")  # fmt: skip

    def __init__(self, folder: str, lines: list[bytes], digest: str, diagnostics: list[Diagnostic]) -> None:
        """`lines`: those that `compiled` makes; raises ValueError, KeyError or TypeError when the first is none of them."""
        import json

        about, texts, fixes, *checks = lines
        content = json.loads(about)
        self.folders = [folder]
        self.policies: dict[str, dict[str, Any]] = content["policies"]
        self.profiles: dict[str, dict[str, Any]] = content["profiles"]
        self.types: dict[str, dict[str, list[int]]] = content["types"]
        self._checks: dict[str, list[bytes]] = {}
        start = 0
        for id, policy in self.policies.items():
            self._checks[id] = checks[start : start + policy["checks"]]
            start += policy["checks"]
        self.digest = digest
        self.diagnostics = diagnostics
        self._unread_texts = [texts]
        self._texts: dict[str, Any] = {}
        self._unread_fixes = [fixes]
        self._fixes: dict[str, Any] = {}

    def text(self, id: str) -> PolicyText:
        """Titles, rationale, remedy and clauses of one policy; parsed when first asked for."""
        from cloudpolicy.findings import PolicyText

        words = self.words(id)
        policy = self.policies[id]
        title, rationale, remedy = (Text(words[key]["en"], words[key]["ja"]) for key in ("title", "rationale", "remedy"))
        return PolicyText(id, policy["slug"], policy["severity"], policy["confidence"], title, rationale, remedy, policy["clauses"])

    def check(self, id: str, number: int) -> dict[str, Any]:
        """{"resource": […], "when", "require", "absent", "severity", "profiles", "once"} of one check, parsed anew each time."""
        import json

        found: dict[str, Any] = json.loads(self._checks[id][number])
        return found

    def types_of(self, id: str) -> list[str]:
        """Every resource type that a policy judges, or expects in an estate, as it spells it; several times where several checks do."""
        parts = [self.check(id, number) for number in range(len(self._checks[id]))]
        return [type for part in (*parts, *self.policies[id]["expects"]) for type in part["resource"]]

    def known(self, name: str) -> str | None:
        """The id of the policy of this id or alias, None when there is none."""
        if name in self.policies:
            return name
        return next((id for id, policy in self.policies.items() if name in policy["aliases"]), None)

    def add(self, other: Pack) -> None:
        """Take in the policies and profiles of another pack; one whose id is taken is a diagnostic, and left out."""
        from cloudpolicy.model import Diagnostic, Span

        new = other.policies.keys() - self.policies.keys()
        for id, policy in other.policies.items():
            if id not in new:
                text = Text(
                    f"{id} is the id of a policy of cloudpolicy; choose another",
                    f"{id} は cloudpolicy の組み込みポリシーの ID です。別の ID にしてください",
                )
                self.diagnostics.append(Diagnostic("error", "invalid-policy", text, Span(other.folders[0])))
            else:
                self.policies[id] = policy
                self._checks[id] = other._checks[id]
                self._texts[id] = other.words(id)
                self._fixes[id] = other.fixes(id)
        for type, speaking in other.types.items():
            self.types.setdefault(type, {}).update((id, numbers) for id, numbers in speaking.items() if id in new)
        self.profiles |= {name: profile for name, profile in other.profiles.items() if name not in self.profiles}
        self.folders += other.folders
        self.diagnostics += other.diagnostics
        self.digest = f"{self.digest}+{other.digest}"

    def words(self, id: str) -> dict[str, dict[str, str]]:
        """{"title", "rationale", "remedy"} -> {"ja", "en"}; parsed when first asked for."""
        import json

        while self._unread_texts:
            self._texts |= json.loads(self._unread_texts.pop())
        found: dict[str, dict[str, str]] = self._texts[id]
        return found

    def fixes(self, id: str) -> dict[str, Any]:
        """The `fix` of each check of one policy that has one, by the check's number as text; parsed when first asked for."""
        import json

        while self._unread_fixes:
            self._fixes |= json.loads(self._unread_fixes.pop())
        found: dict[str, Any] = self._fixes.get(id, {})
        return found


def folder() -> str:
    """The folder of our own policies: inside the installed package, or at the top of a checkout."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(here, INSTALLED)
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(os.path.dirname(here)), "policies")


def format_of(resource: str) -> str:
    """The format that a resource type belongs to, by its spelling."""
    if "::" in resource:
        return "cloudformation"
    return "arm" if "/" in resource or resource.startswith("Microsoft.") else "terraform"


def load_with(user_folder: str | None, state: list[Any] | None = None) -> Pack:
    """Our policies and those of a user's folder, which work exactly as ours do; `state`: what `state_of` has said of it just now."""
    ours, *users = state if state is not None else state_of(user_folder)
    pack = load(*ours)
    for user in users:
        pack.add(load(*user))
    return pack


def load(pack_folder: str | None = None, state: list[Any] | None = None) -> Pack:
    """The pack of `pack_folder` (ours by default), from the compiled file when it is fresh, else compiled anew."""
    root = pack_folder or folder()
    state = _state(root) if state is None else state
    if os.path.basename(root) == INSTALLED:  # installing sets new times; what is installed does not change behind our back
        state = [entry[:2] for entry in state]
    for number, path in enumerate(_places(root)):
        if number and not _ours(path):  # what stands beside the documents is as good as they are
            continue
        pack = _read(path, root, state)
        if pack is not None:
            return pack
    return _build(root, state)


def state_of(user_folder: str | None) -> list[Any]:
    """What changes when any document of `load_with` does; cheaper than loading."""
    return [[one, _state(one)] for one in (folder(), user_folder) if one is not None]


def _rules(root: str) -> str:
    rules = os.path.join(root, "rules")
    return rules if os.path.isdir(rules) else root


def _state(root: str) -> list[list[Any]]:
    """[relative name, size, mark] of every document of a pack: what decides whether the compiled file is fresh.

    The mark is the time in ns of ours, and a digest of a user's, which are few: whoever sets times back (a copy, a CI cache) changes nothing.
    """
    contents = root != folder()
    return _listed(_rules(root), contents) + _listed(os.path.join(root, "profiles"), contents)


def _listed(top: str, contents: bool) -> list[list[Any]]:
    found: list[list[Any]] = []

    def walk(folder: str, prefix: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    walk(entry.path, f"{prefix}{entry.name}/")
                elif entry.name.endswith((".yaml", ".yml")) and entry.name[0] != ".":
                    stat = entry.stat()
                    found.append([prefix + entry.name, stat.st_size, _digest(entry.path) if contents else stat.st_mtime_ns])

    if os.path.isdir(top):
        walk(top, "")
    return sorted(found)


def _digest(path: str) -> str:
    """Of a file's content; "" where it cannot be read, which its reader reports."""
    from cloudpolicy.journal import digest

    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except OSError:
        return ""


def _places(root: str) -> list[str]:
    """Where a compiled file may be: beside the documents, else in the user's cache."""
    import sys

    tag = f"{__version__}-{sys.implementation.cache_tag}"
    beside = os.path.join(root, f".compiled-{tag}.json")
    name = "".join(c if c.isalnum() else "-" for c in os.path.abspath(root))[-120:]
    cache = places.user_cache()
    return [beside, os.path.join(cache, "packs", f"{name}-{tag}.json")] if os.path.isabs(cache) else [beside]  # never in what is scanned


def _ours(path: str) -> bool:
    """Whether nobody else can have written the file; others may share a cache folder."""
    try:
        return places.ours(os.lstat(path)) and places.ours(os.stat(os.path.dirname(path)))
    except OSError:
        return False


def _read(path: str, root: str, state: list[list[Any]]) -> Pack | None:
    import json

    try:
        with open(path, "rb") as file:
            head = json.loads(file.readline())
            body = file.read()
        if head["layout"] != LAYOUT or head["code"] != _code_state() or head["state"] != state or head["size"] != len(body):
            return None
        return Pack(root, body.split(b"\n"), head["digest"], [])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _code_state() -> str:
    """Changes when the code that checks documents does: a checkout under development must not trust an older build."""
    here = os.path.dirname(__file__)
    sizes = [os.stat(os.path.join(here, *name)).st_size for name in (("documents.py",), ("..", "yamlfile.py"))]
    return f"{__version__}:{sizes}"


def _build(root: str, state: list[list[Any]]) -> Pack:
    import hashlib
    import json

    from cloudpolicy.policy import documents

    found, problems = documents.load_folder(_rules(root))
    profiles, more = documents.load_profiles(os.path.join(root, "profiles"))
    problems += more
    digest = hashlib.sha256()
    policies: dict[str, dict[str, Any]] = {}
    texts: dict[str, Any] = {}
    fixes: dict[str, Any] = {}
    for document in found:
        with open(document.path, "rb") as file:
            digest.update(file.read().replace(b"\r\n", b"\n"))
        policy = document.policy
        policies[policy.id] = {
            "slug": policy.slug,
            "severity": policy.severity,
            "confidence": policy.confidence,
            "profiles": policy.profiles,
            "aliases": policy.aliases,
            "mask": policy.mask,
            "clauses": policy.clauses,
            "parameters": {name: parameter.default for name, parameter in policy.parameters.items()},
            "checks": [
                {
                    "resource": documents.listed(check.resource),
                    "when": check.when or None,
                    "require": check.require,
                    "absent": check.absent,
                    "severity": check.severity,
                    "profiles": check.profiles,
                    "once": check.once,
                }
                for check in policy.checks
            ],
            "expects": [
                {"resource": documents.listed(expect.resource), "provider": expect.provider, "where": expect.where}
                for expect in policy.expects
            ],
        }
        texts[policy.id] = {
            key: {"ja": join_japanese(words.ja), "en": " ".join(words.en.split())}
            for key, words in (("title", policy.title), ("rationale", policy.rationale), ("remedy", policy.remedy))
        }
        fixes[policy.id] = {str(number): documents.plain(check.fix) for number, check in enumerate(policy.checks) if check.fix is not None}
    named = {
        profile.name: {
            "title": {"ja": profile.title.ja, "en": profile.title.en},
            "about": {"ja": profile.about.ja, "en": profile.about.en},
            "extends": profile.extends,
            "parameters": profile.parameters,
        }
        for profile in profiles
    }
    lines = compiled(policies, named, texts, fixes)
    if not problems:  # a broken document is reported on every run until it is mended
        body = b"\n".join(lines)
        head = {"layout": LAYOUT, "code": _code_state(), "state": state, "digest": digest.hexdigest(), "size": len(body)}
        _keep(root, json.dumps(head).encode("ascii") + b"\n" + body)
    return Pack(root, lines, digest.hexdigest(), problems)


def compiled(
    policies: dict[str, dict[str, Any]],
    profiles: dict[str, Any] | None = None,
    texts: dict[str, Any] | None = None,
    fixes: dict[str, Any] | None = None,
) -> list[bytes]:
    """The lines of a compiled file behind its head; every policy comes with its "checks" as a list."""
    import json

    types: dict[str, dict[str, list[int]]] = {}
    for id, policy in policies.items():
        for number, check in enumerate(policy["checks"]):
            for type in check["resource"]:
                types.setdefault(type_key(type), {}).setdefault(id, []).append(number)
    about = {
        "policies": {id: {**policy, "checks": len(policy["checks"])} for id, policy in policies.items()},
        "profiles": profiles or {},
        "types": types,
    }
    checks = [check for policy in policies.values() for check in policy["checks"]]
    return [json.dumps(part, separators=(",", ":")).encode("ascii") for part in (about, texts or {}, fixes or {}, *checks)]


def join_japanese(text: str) -> str:
    """Japanese as it is set: no space where a folded YAML line ended inside or after full-width text."""
    import re

    text = " ".join(text.split())
    wide = r"[\u3000-\u30ff\u3400-\u9fff\uff01-\uff60]"
    return re.sub(rf"(?<={wide}) (?={wide})|(?<=[、。）」]) ", "", text)


def _keep(root: str, content: bytes) -> None:
    """Write the compiled file in one step; where nothing can be written the next run compiles again."""
    import tempfile

    for path in _places(root):
        folder = os.path.dirname(path)
        try:
            if path != _places(root)[0]:
                os.makedirs(folder, mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".compiled-", suffix=".tmp", dir=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                os.chmod(temporary, 0o644)
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
        except OSError:
            continue
        return
