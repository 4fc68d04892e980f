"""`make docs`: renews what the READMEs, docs/ci.md and docs/policies show from the real thing; `--check` only tells whether anything is stale.

Between markers (HTML comments) stand: the exact output of a command, the table of policies, the summary of bench/RESULTS.md, CI recipes. The pictures in
docs/images are drawn from the coloured output. Everything goes through the command line, in this process.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from cloudpolicy import cli  # noqa: E402
from cloudpolicy.reports.columns import width  # noqa: E402

READMES = {"README.md": "en", "README.ja.md": "ja"}
PAGES = {**READMES, "docs/ci.md": "en", "docs/ci.ja.md": "ja"}
PICTURES = {
    "docs/images/scan.svg": "cloudpolicy scan samples/cloudformation/violating --select CP_NET_001,CP_NET_005 --lang en",
    "docs/images/scan.ja.svg": "cloudpolicy scan samples/cloudformation/violating --select CP_NET_001,CP_NET_005 --lang ja",
}
BLOCK = re.compile(r"(<!-- (output|summary|policies|bench|recipe)(?:: (.*?))? -->\n)(.*?)(\n?<!-- /\2 -->)", re.DOTALL)
TIME = re.compile(r"\d+\.\d\d(?= s\b| 秒| ?</text>)")  # the only part of an output that is not the same every time


class Screen(io.StringIO):
    """Standard output that says it is a terminal, so that colours come out."""

    encoding = "utf-8"

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def output(command: str, terminal: bool = False) -> str:
    """What `command` (a cloudpolicy command, run at the repository's top) prints."""
    words = command.split()
    assert words.pop(0) == "cloudpolicy", command
    screen, here = Screen(terminal), os.getcwd()
    os.chdir(ROOT)
    try:
        with (
            mock.patch.dict(os.environ),
            mock.patch("os.get_terminal_size", lambda *_: os.terminal_size((120, 40))),
            contextlib.redirect_stdout(screen),
        ):
            for name in ("COLUMNS", "NO_COLOR", "TERM"):
                os.environ.pop(name, None)
            cli.run(words)
    finally:
        os.chdir(here)
    return screen.getvalue().rstrip("\n")


# -- the blocks of a README ---------------------------------------------------------------------------------------------------------------


def output_block(command: str, _: str) -> str:
    return f"```sh\n{command}\n```\n\n```text\n{output(command)}\n```"


def summary_block(command: str, _: str) -> str:
    """Only the last section of what the command prints."""
    lines = output(command).split("\n")
    first = max(number for number, line in enumerate(lines) if line.startswith("── "))
    return "\n".join(["```text", *lines[first:], "```"])


def policies_block(_: str, lang: str) -> str:
    """One row per setting type: how many policies, of which severities, for how many resource types; the pages hold the rest."""
    from cloudpolicy.policy.pages import SETTINGS

    heads = {
        "en": ("Setting", "Policies", "critical / high / medium / low", "Resource types (Terraform / CloudFormation / ARM)"),
        "ja": ("設定種別", "ポリシー数", "重大 / 高 / 中 / 低", "対象リソース種別(Terraform / CloudFormation / ARM)"),
    }[lang]
    found = json.loads(output("cloudpolicy policies --format json"))["policies"]
    rows = [f"| {' | '.join(heads)} |", "| --- | ---: | ---: | ---: |"]
    for area, title in [*SETTINGS.items(), ("", None)]:
        own = [policy for policy in found if policy["id"].split("_")[1] == area or not area]
        severities = [sum(policy["severity"] == name for policy in own) for name in ("critical", "high", "medium", "low")]
        types = {(check["format"], check["resource"]) for policy in own for check in policy["checks"] if "*" not in check["resource"]}
        counts = [sum(form == name for form, _ in types) for name in ("terraform", "cloudformation", "arm")]
        name = f"`{area}` {title.pick(lang)}" if title else {"en": "**all**", "ja": "**合計**"}[lang]
        rows.append(f"| {name} | {len(own)} | {' / '.join(map(str, severities))} | {' / '.join(map(str, counts))} |")
    return "\n".join(rows)


SCENES_JA = {  # with the numbers of the English title, in their order
    "(a)": "小さなルートモジュール 1 件({0} ファイル、{1} リソース)",
    "(b)": "{0} ファイルのルートモジュール 1 件({1} リソース)",
    "(b')": "{1} ファイルのルートモジュール {0} 件({2} リソース)",
    "(c)": "CloudFormation テンプレート {0} 件({1} リソース)",
    "(d)": "フック: (a) の 1 行を変更、以前の結果なし",
    "(d')": "フック: (a) の 1 行を変更、変更前の結果あり",
    "(d'')": "フック: 変更なし",
}


def bench_block(_: str, lang: str) -> str:
    """One line per scene of bench/RESULTS.md: our wall time, and the others' as multiples of it."""
    path = ROOT / "bench" / "RESULTS.md"
    if not path.exists():
        return {"en": "Not measured yet: `make bench` writes the table.", "ja": "未計測です。`make bench` で計測します。"}[lang]
    scenes: list[tuple[str, dict[str, list[str]]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("### "):
            scenes.append((line[4:].strip(), {}))
        elif line.startswith("| ") and scenes and len(cells) == 5 and not cells[0].startswith("-"):
            scenes[-1][1][cells[0]] = cells[1:]
    heads = {
        "en": ("Input", "cloudpolicy", "peak memory", "bare parser", "cfn-lint", "Checkov, same checks", "Checkov, all checks"),
        "ja": ("対象", "cloudpolicy", "最大メモリ", "構文解析のみ", "cfn-lint", "Checkov(同じ検査)", "Checkov(全検査)"),
    }[lang]
    rows = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for title, lines in scenes:
        letter, _, rest = title.partition(" ")
        if lang == "ja":
            title = f"{letter} {SCENES_JA[letter].format(*re.findall(r'[0-9][0-9,]*', rest))}"
        own = lines.get("cloudpolicy", ["", "", "", ""])
        bare = next((found[3] for name, found in lines.items() if name.endswith(" alone")), "–")
        others = [lines[name][3] if name in lines else "–" for name in ("cfn-lint", "Checkov, the same checks", "Checkov, all its checks")]
        rows.append(f"| {title} | {own[0]} | {own[2]} | {bare} | {' | '.join(others)} |")
    return "\n".join(rows)


def recipe_block(name: str, _: str) -> str:
    """A CI server's recipe as `cloudpolicy init` writes it; OWNER stands for whoever holds the repository."""
    from cloudpolicy.scaffold import origin, proposals

    return f"```yaml\n{proposals.recipe(name, origin.Origin('https://github.com/OWNER/cloudpolicy'), 'main')}```"


BLOCKS: dict[str, Callable[[str, str], str]] = {
    "output": output_block,
    "summary": summary_block,
    "policies": policies_block,
    "bench": bench_block,
    "recipe": recipe_block,
}


def readme(text: str, lang: str) -> str:
    """`text` with every block between markers made anew."""

    def renew(found: re.Match[str]) -> str:
        return f"{found[1]}{BLOCKS[found[2]](found[3] or '', lang)}\n<!-- /{found[2]} -->"

    return BLOCK.sub(renew, text)


# -- the pictures -------------------------------------------------------------------------------------------------------------------------

CELL, LINE, EDGE, BAR = 8.4, 20, 16, 36
COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "97": "#ffffff"}
SGR = re.compile(r"\x1b\[([\d;]*)m")
PIECE = re.compile(
    r"\s{2,}|\s+$|[\u2e80-\uffef]+|(?:(?!\s{2,}|\s+$)[^\u2e80-\uffef])+"
)  # wide and narrow text apart, so that each starts in its column
# Each piece is stretched to its columns, whatever font the reader has; a wide character takes two.
FONT = "ui-monospace, SFMono-Regular, Consolas, 'BIZ UDGothic', 'Noto Sans Mono CJK JP', Menlo, monospace"


def runs(line: str) -> list[tuple[str, set[str]]]:
    """(text, SGR codes in force) for each run of one line of coloured output."""
    found: list[tuple[str, set[str]]] = []
    codes: set[str] = set()
    for position, part in enumerate(SGR.split(line)):
        if position % 2 == 0:
            if part:
                found.append((part, set(codes)))
        elif part in ("", "0"):
            codes = set()
        else:
            codes |= set(part.split(";"))
    return found


def picture(command: str) -> str:
    """An SVG of what a terminal shows after `command`."""
    lines = [f"\x1b[32m$\x1b[0m {command}", "", *output(command, terminal=True).split("\n")]
    columns = max(width(SGR.sub("", line)) for line in lines)
    wide, high = round(columns * CELL + 2 * EDGE), BAR + len(lines) * LINE + EDGE
    shapes = [f'<circle cx="{20 + 18 * n}" cy="18" r="6" fill="{color}"/>' for n, color in enumerate(("#ff5f57", "#febc2e", "#28c840"))]
    for number, line in enumerate(lines):
        column, top = 0, BAR + number * LINE
        for text, codes in runs(line):
            if "41" in codes:
                place = f'x="{EDGE + column * CELL:.1f}" y="{top + 2}" width="{width(text) * CELL:.1f}" height="{LINE - 3}"'
                shapes.append(f'<rect {place} rx="2" fill="#b62324"/>')
            color = next((COLORS[code] for code in sorted(codes) if code in COLORS), "#c9d1d9")
            style = (' font-weight="bold"' if "1" in codes else "") + (' opacity="0.6"' if "2" in codes else "")
            for piece in PIECE.findall(text):
                cells = width(piece)
                if piece.strip():
                    place = f'x="{EDGE + column * CELL:.1f}" y="{top + 15}" textLength="{cells * CELL:.1f}" lengthAdjust="spacingAndGlyphs"'
                    size = f' font-size="{2 * CELL:.1f}"' if cells > len(piece) else ""
                    shapes.append(f'<text {place} fill="{color}"{style}{size}>{escape(piece)}</text>')
                column += cells
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">',
            f"<title>{escape(command)}</title>",
            f'<rect width="{wide}" height="{high}" rx="8" fill="#0d1117"/>',
            f'<g font-family="{FONT}" font-size="14" xml:space="preserve">',
            *shapes,
            "</g>",
            "</svg>",
            "",
        ]
    )


# -- the pages of the policies --------------------------------------------------------------------------------------------------------------


def pages() -> dict[Path, str]:
    """docs/policies: one page per policy, Japanese first, and the index."""
    from cloudpolicy.policy import documents, pack
    from cloudpolicy.policy import pages as policy_pages

    found, problems = documents.load_folder(os.path.join(pack.folder(), "rules"))
    if problems:
        raise SystemExit("\n".join(problem.text.en for problem in problems))
    folder = ROOT / "docs" / "policies"
    made = {folder / "README.md": policy_pages.index(found)}
    for document in found:
        made[folder / f"{document.policy.id}.md"] = "\n\n---\n\n".join(policy_pages.page(document, lang) for lang in ("ja", "en")) + "\n"
    return made


# -- writing and checking -----------------------------------------------------------------------------------------------------------------


def stale() -> dict[Path, str]:
    """The files that are not as they would be made now, and what they should hold; a run time alone makes none stale."""
    made = {ROOT / name: readme((ROOT / name).read_text(encoding="utf-8"), lang) for name, lang in PAGES.items()}
    made |= {ROOT / name: picture(command) for name, command in PICTURES.items()}
    made |= pages()
    return {path: text for path, text in made.items() if not path.exists() or timeless(path.read_text(encoding="utf-8")) != timeless(text)}


def timeless(text: str) -> str:
    return TIME.sub("0.00", text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when something is stale")
    check = parser.parse_args().check
    found = stale()
    for path, text in found.items():
        print(f"{path.relative_to(ROOT)}: {'stale; run make docs' if check else 'renewed'}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
