"""Policy documents: YAML in, checked Policy structs out; every error names file, line and key."""

from __future__ import annotations

import os
import re
from typing import Any, TypeVar

import msgspec

from cloudpolicy import yamlfile
from cloudpolicy.evaluate.conditions import Compiler, names
from cloudpolicy.model import Diagnostic
from cloudpolicy.policy.pack import format_of
from cloudpolicy.policy.schema import Check, Fix, Policy, Profile
from cloudpolicy.texts import Text
from cloudpolicy.yamlfile import Key, Lines

_T = TypeVar("_T")
ID = re.compile(r"[A-Z]+(_[A-Z]+)+_[0-9]{3}")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CURES = ("avoid-", "ensure-", "do-not-", "no-", "require-", "use-", "enable-")  # a slug names the bad pattern, not the cure


class Document:
    """One policy with the file it came from and the line of each of its keys."""

    __slots__ = ("lines", "path", "policy")

    def __init__(self, policy: Policy, path: str, lines: Lines) -> None:
        self.policy = policy
        self.path = path
        self.lines = lines


def load_folder(folder: str) -> tuple[list[Document], list[Diagnostic]]:
    """All policies below `folder`, ordered by id, and what is wrong with those that could not be taken."""
    documents: list[Document] = []
    problems: list[Diagnostic] = []
    for path in policy_files(folder):
        document, found = load_file(path)
        problems += found
        if document is not None:
            documents.append(document)
    taken: dict[str, str] = {}
    for document in documents:
        policy = document.policy
        for name in (policy.id, policy.slug, *policy.aliases):
            if name in taken:
                problems.append(
                    _problem(
                        document.path,
                        document.lines,
                        ("id",),
                        f"{name} is taken by {taken[name]}",
                        f"{name} は {taken[name]} で使われています",
                    )
                )
            taken[name] = os.path.basename(document.path)
    return sorted(documents, key=lambda document: document.policy.id), problems


def policy_files(folder: str) -> list[str]:
    """Absolute paths of the policy documents below `folder`, sorted."""
    return sorted(
        os.path.join(root, name)
        for root, _, names in os.walk(os.path.abspath(folder))
        for name in names
        if name.endswith((".yaml", ".yml")) and not name.startswith(".")
    )


def load_file(path: str) -> tuple[Document | None, list[Diagnostic]]:
    """The policy in one file; None with diagnostics when it cannot be taken."""
    policy, lines, problems = _typed(path, Policy)
    if policy is None:
        return None, problems
    problems = [_problem(path, lines, key, en, ja) for key, en, ja in _faults(policy, path)]
    return (None if problems else Document(policy, path, lines)), problems


def load_profiles(folder: str) -> tuple[list[Profile], list[Diagnostic]]:
    """All profiles of `folder`, the default one first."""
    profiles: list[Profile] = []
    problems: list[Diagnostic] = []
    for path in policy_files(folder):
        profile, lines, found = _typed(path, Profile)
        problems += found
        if profile is not None:
            profiles.append(profile)
            if os.path.basename(path) != f"{profile.name}.yaml":
                problems.append(_problem(path, lines, ("name",), "differs from the file's name", "ファイル名と一致しません"))
    names = {profile.name for profile in profiles}
    for profile in profiles:
        for parent in set(profile.extends) - names:
            where = os.path.join(folder, f"{profile.name}.yaml")
            problems.append(_problem(where, {}, ("extends",), f"there is no profile {parent}", f"プロファイル {parent} はありません"))
    return sorted(profiles, key=lambda profile: (profile.name != "baseline", profile.name)), problems


def _typed(path: str, kind: type[_T]) -> tuple[_T | None, Lines, list[Diagnostic]]:
    """One YAML file as a struct of `kind`, with the line of each key."""
    value, lines, faults = yamlfile.read(path, kind)
    return value, lines, [_problem(path, lines, *fault) for fault in faults]


def plain(value: Any) -> Any:
    """A struct as plain values, without what is left at its default."""
    return {key: item for key, item in msgspec.to_builtins(value).items() if item not in (None, False, {}, [], "")}


def listed(resource: str | list[str]) -> list[str]:
    return resource if isinstance(resource, list) else [resource]


def _faults(policy: Policy, path: str) -> list[tuple[tuple[str | int, ...], str, str]]:
    """What the types cannot say: (key, English, Japanese)."""
    faults: list[tuple[tuple[str | int, ...], str, str]] = []
    if not ID.fullmatch(policy.id):
        faults.append((("id",), f"{policy.id!r} is not like CP_OBJ_001", f"{policy.id!r} は CP_OBJ_001 の形ではありません"))
    if not SLUG.fullmatch(policy.slug) or policy.slug.startswith(CURES):
        faults.append((("slug",), "name the bad pattern, in lower-case words joined by -", "悪い状態を小文字の語と - で表してください"))
    expected = f"{policy.id}_{policy.slug.replace('-', '_')}.yaml"
    if os.path.basename(path) != expected:
        faults.append((("id",), f"the file should be called {expected}", f"ファイル名は {expected} としてください"))
    if not policy.profiles:
        faults.append((("profiles",), "names no profile", "profiles が空です"))
    compiler = Compiler({name: parameter.default for name, parameter in policy.parameters.items()})
    formats: set[str] = set()
    conditions: list[tuple[tuple[str | int, ...], Any, Any]] = []
    for index, check in enumerate(policy.checks):
        formats.update(format_of(resource) for resource in listed(check.resource))
        conditions.append((("checks", index, "when"), check.when, False))
        conditions.append((("checks", index, "require"), check.require, check.absent))
    conditions += [(("expects", index, "where"), expect.where, False) for index, expect in enumerate(policy.expects)]
    for key, condition, absent in conditions:
        try:
            compiler.condition(condition, absent if absent is False else compiler.absence(absent))
        except LookupError as error:
            faults.append((key, f"there is no predicate {error}", f"述語 {error} がありません"))
        except (ValueError, TypeError, KeyError, re.error) as error:
            faults.append((key, f"{error}", f"条件の誤り: {error}"))
    for index, check in enumerate(policy.checks):
        if check.fix is not None:
            faults += [(("checks", index, "fix"), en, ja) for en, ja in _fix_faults(check, compiler)]
    for form in sorted(formats - set(policy.examples)):
        faults.append((("examples",), f"there are no examples for {form}", f"{form} の例がありません"))
    for form, examples in policy.examples.items():
        for name, given in (("pass", examples.passing), ("fail", examples.fail), ("unknown", examples.unknown)):
            if not given:
                faults.append((("examples", form, name), "at least one example is wanted", "例が 1 つ以上必要です"))
        if isinstance(examples.unknown, str) and not examples.unknown.startswith("none because "):
            faults.append(
                (("examples", form, "unknown"), "write examples, or `none because …`", "例、または「none because …」と書いてください")
            )
    return faults


def _fix_faults(check: Check, compiler: Compiler) -> list[tuple[str, str]]:
    """What is wrong with how a check is fixed: (English, Japanese)."""
    fix = check.fix or Fix()
    faults: list[tuple[str, str]] = []
    if fix.none and (fix.set or fix.also or fix.add or fix.leave):
        faults.append(("`none` says that there is no fix; leave the rest out", "none は修正なしの意味です。他の項目は書けません"))
    for value in [*fix.set.values(), *fix.also.values()]:
        try:
            compiler.value(value)
        except ValueError as error:
            faults.append((f"{error}", f"値の誤り: {error}"))
    for path in fix.leave:
        if path not in names(check.require):
            faults.append((f"`leave` names {path}, which `require` does not", f"leave の {path} は require にありません"))
    for added in fix.add:
        if format_of(added.resource) != format_of(listed(check.resource)[0]):
            faults.append((f"{added.resource} is of another format", f"{added.resource} は別の形式のリソース型です"))
    return faults


def _problem(path: str, lines: Lines, key: Key, en: str, ja: str) -> Diagnostic:
    return yamlfile.diagnostic(path, lines, (key, en, ja), "invalid-policy", Text("policy document", "ポリシー文書"))
