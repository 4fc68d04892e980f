"""`cloudpolicy coverage`: how the clauses are verified, for which clouds and formats, and by which policies."""

from __future__ import annotations

from cloudpolicy.cli import Parser, columns, looking, options
from cloudpolicy.guidelines.coverage import CELLS, Coverage
from cloudpolicy.guidelines.words import VERIFIED
from cloudpolicy.reports.columns import width, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from cloudpolicy.texts import Language

OPTIONS = (options.OWN_POLICIES, options.format_of("text", "markdown", "json"), options.LANG)


def main(given: Namespace, parser: Parser) -> int:
    pack, catalogue, status = looking.clauses(given, parser)
    coverage = Coverage(catalogue, pack)
    if given.format == "json":
        import json

        print(json.dumps(coverage.as_json(), ensure_ascii=False, indent=1))
    else:
        print((_markdown if given.format == "markdown" else _text)(coverage, parser.language))
    return status


def _heading(key: str, language: Language) -> str:
    """The name of a column of the sums."""
    if key in VERIFIED:
        return VERIFIED[key].pick(language)
    return ("条項" if language == "ja" else "clauses") if key == "all" else key


def _text(coverage: Coverage, language: Language) -> str:
    heads, rows = coverage.table()
    names = [_heading(head, language) for head in heads]
    first = max(width(row[0]) for row in rows)
    sizes = [max(width(name), 5) for name in names]
    lines = [" " * first + "".join("  " + " " * (size - width(name)) + name for name, size in zip(names, sizes, strict=True))]
    lines += [row[0].ljust(first) + "".join(f"  {cell:>{size}}" for cell, size in zip(row[1:], sizes, strict=True)) for row in rows]
    lines += ["", *(f"{key:<6}{name.pick(language)}" for key, name, _ in coverage.groups() if key.startswith("No.")), ""]
    backed = [clause for clause in coverage.catalogue if clause.policies]
    first = max((width(clause.id) for clause in backed), default=0)
    cells_named = ", ".join("/".join(cell) for cell in CELLS)
    lines.append(f"条項ごとのポリシー数({cells_named})" if language == "ja" else f"policies per clause ({cells_named})")
    for clause in backed:
        cells = " ".join(f"{len(ids):>2}" if ids else " -" for ids in coverage.cells[clause.id].values())
        head = clause.id + " " * (first - width(clause.id)) + f"  {cells}  "
        policies = wrap(", ".join(clause.policies), max(30, columns() - width(head)))
        lines += [head + policies[0], *(" " * width(head) + line for line in policies[1:])]
    return "\n".join(lines)


def _markdown(coverage: Coverage, language: Language) -> str:
    heads, rows = coverage.table()
    titles = {key: name.pick(language) for key, name, _ in coverage.groups()}
    lines = ["| | " + " | ".join(_heading(head, language) for head in heads) + " |", "| --- |" + " ---: |" * len(heads)]
    lines += [f"| {row[0]} {titles[row[0]]} | " + " | ".join(row[1:]) + " |" for row in rows]
    clause, policies = ("条項", "ポリシー") if language == "ja" else ("clause", "policies")
    lines += ["", f"| {clause} | " + " | ".join("/".join(cell) for cell in CELLS) + f" | {policies} |"]
    lines.append("| --- |" + " ---: |" * len(CELLS) + " --- |")
    for one in coverage.catalogue:
        if one.policies:
            counts = " | ".join(str(len(ids)) if ids else "-" for ids in coverage.cells[one.id].values())
            lines.append(f"| {one.id} {one.title.pick(language)} | {counts} | {', '.join(one.policies)} |")
    return "\n".join(lines)
