"""Which policies run: the profile's, narrowed by --select and --ignore (ids, slugs, aliases, prefixes, setting types)."""

from __future__ import annotations

from cloudpolicy.config import ConfigError
from cloudpolicy.model import Diagnostic
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.policy.pack import Pack


def profile_chain(pack: Pack, profile: str) -> list[str]:
    """The profile and those it extends; raises ConfigError for one that does not exist."""
    if profile not in pack.profiles:
        names = ", ".join(pack.profiles)
        raise _wrong(
            "unknown-profile",
            f"there is no profile {profile!r}; there are {names}",
            f"プロファイル {profile!r} はありません(指定できるもの: {names})",
        )
    chain = [profile]
    for name in chain:
        for parent in pack.profiles[name]["extends"]:
            if parent not in pack.profiles:
                raise _wrong(
                    "unknown-profile",
                    f"the profile {name} extends {parent!r}, which does not exist",
                    f"プロファイル {name} の extends {parent!r} はありません",
                )
            if parent not in chain:
                chain.append(parent)
    return chain


def define(pack: Pack, profiles: dict[str, Any]) -> None:
    """Take in the profiles that the configuration defines: {name: {"extends", "add", "remove", "parameters"}}; raises ConfigError."""
    for name, given in profiles.items():
        strange = sorted(set(given) - {"extends", "add", "remove", "parameters"}) if isinstance(given, dict) else ["?"]
        if strange or name in pack.profiles:
            if strange:
                en, ja = (
                    f"has no setting {strange[0]} (extends, add, remove, parameters)",
                    f"設定 {strange[0]} は使えません(extends、add、remove、parameters)",
                )
            else:
                en, ja = "is the name of a profile of cloudpolicy; choose another", "組み込みプロファイルの名前です。別の名前にしてください"
            raise _wrong("invalid-config", f"configuration: [profiles.{name}] {en}", f"設定ファイル: [profiles.{name}] {ja}")
        pack.profiles[name] = {"extends": ["baseline"], "parameters": {}, **given}
    for name in profiles:
        profile_chain(pack, name)


def select(pack: Pack, profile: str, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> list[str]:
    """Ids to run, in order; raises ConfigError when a name fits no policy (a typing error must not switch a gate off)."""
    profiles = profile_chain(pack, profile)
    chain = set(profiles)
    added = {id for name in profiles for entry in pack.profiles[name].get("add", ()) for id in resolve(pack, entry)}
    removed = {id for name in profiles for entry in pack.profiles[name].get("remove", ()) for id in resolve(pack, entry)}
    wanted: list[str] = []
    named = [id for name in select for id in resolve(pack, name)]
    ignored = {id for name in ignore for id in resolve(pack, name)}
    for id, policy in pack.policies.items():
        chosen = id in named if select else id not in removed and (id in added or _in_profile(policy, chain))
        if chosen and id not in ignored:
            wanted.append(id)
    return wanted


def _in_profile(policy: dict[str, object], chain: set[str]) -> bool:
    names = policy["profiles"]
    return isinstance(names, list) and not chain.isdisjoint(names)


def resolve(pack: Pack, name: str) -> list[str]:
    """Ids that `name` stands for: an id, slug or alias, the beginning of ids (CP_NET), or a setting type (NET)."""
    upper = name.strip().upper().replace("-", "_")
    exact = [id for id, policy in pack.policies.items() if upper == id or name in (policy["slug"], *policy["aliases"])]
    found = exact or [
        id for id in pack.policies if id.startswith(upper + "_") or id.split("_")[1] == upper or (len(upper) > 3 and id.startswith(upper))
    ]
    if not found:
        import difflib

        near = difflib.get_close_matches(upper, list(pack.policies), 1)
        hint, hint_ja = (
            (f"; did you mean {near[0]}?", f"。{near[0]} ではありませんか")
            if near
            else ("; see cloudpolicy policies", "。cloudpolicy policies で一覧を表示します")
        )
        raise _wrong("unknown-policy", f"no policy is called {name!r}{hint}", f"ポリシー {name!r} はありません{hint_ja}")
    return found


def _wrong(code: str, en: str, ja: str) -> ConfigError:
    return ConfigError(Diagnostic("error", code, Text(en, ja)))
