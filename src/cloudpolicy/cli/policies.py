"""`cloudpolicy policies`: the list of policies, for people and as JSON."""

from __future__ import annotations

from cloudpolicy.cli import Parser, complain, looking, options
from cloudpolicy.cli.options import flag
from cloudpolicy.config import ConfigError
from cloudpolicy.policy import pack as packs
from cloudpolicy.policy import selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

    from cloudpolicy.policy.pack import Pack
    from cloudpolicy.texts import Language

OPTIONS = (
    options.CHOSEN,
    options.PROFILE.but("only those of a profile", "プロファイルに含まれるものだけ"),
    options.OWN_POLICIES,
    flag("--matrix", "policies by formats, with the number of resource types", "ポリシー×形式ごとの対象リソース種別数を表示する"),
    options.format_of("text", "json"),
    options.LANG,
)


def main(given: Namespace, parser: Parser) -> int:
    pack = looking.pack_of(given)
    try:
        ids = selection.select(pack, given.profile, given.policy) if given.profile else list(pack.policies)
        if given.policy:
            wanted = {id for name in given.policy for id in selection.resolve(pack, name)}
            ids = [id for id in ids if id in wanted]
    except ConfigError as error:
        return complain(error.diagnostic, parser.language)
    for problem in pack.diagnostics:
        complain(problem, parser.language)
    if given.format == "json":
        import json

        print(json.dumps({"policies": [as_json(pack, id) for id in ids]}, ensure_ascii=False, indent=1))
    elif given.matrix:
        print(_matrix(pack, ids))
    else:
        print(_table(pack, ids, parser.language))
    return 2 if pack.diagnostics else 0


def as_json(pack: Pack, id: str) -> dict[str, Any]:
    """One policy as the published shape: texts in both languages, and one entry per format and resource type."""
    policy, text = pack.policies[id], pack.text(id)
    pairs = dict.fromkeys((packs.format_of(type), type) for type in pack.types_of(id))
    return {
        "id": id,
        "slug": policy["slug"],
        "severity": policy["severity"],
        "confidence": policy["confidence"],
        "profiles": policy["profiles"],
        "title": {"ja": text.title.ja, "en": text.title.en},
        "rationale": {"ja": text.rationale.ja, "en": text.rationale.en},
        "remedy": {"ja": text.remedy.ja, "en": text.remedy.en},
        "clauses": list(text.clauses),
        "parameters": policy["parameters"],
        "checks": [{"format": form, "resource": resource} for form, resource in pairs],
    }


def _table(pack: Pack, ids: list[str], language: Language) -> str:
    rows = [f"{id:<12} {pack.policies[id]['severity']:<9} {pack.text(id).title.pick(language)}" for id in ids]
    return "\n".join(rows)


def _matrix(pack: Pack, ids: list[str]) -> str:
    """One row per policy: how many resource types each format's checks name ("*" for a wildcard), and the sums."""
    formats = ("terraform", "cloudformation", "arm")
    rows = [f"{'':<12} {'terraform':>10} {'cloudformation':>15} {'arm':>6}"]
    sums = dict.fromkeys(formats, 0)
    for id in ids:
        cells = []
        for form in formats:
            types = {type for type in pack.types_of(id) if packs.format_of(type) == form}
            plain = sum(not type.endswith("*") for type in types)
            sums[form] += plain
            cells.append((f"{plain}" if plain else "") + ("*" if len(types) > plain else "") or "-")
        rows.append(f"{id:<12} {cells[0]:>10} {cells[1]:>15} {cells[2]:>6}")
    rows.append(f"{len(ids):<12} {sums['terraform']:>10} {sums['cloudformation']:>15} {sums['arm']:>6}")
    return "\n".join(rows)
