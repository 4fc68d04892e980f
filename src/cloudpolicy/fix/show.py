"""What a run of `fix` shows: the edits as a unified diff, and a summary of what was fixed, what was not, and why."""

from __future__ import annotations

import difflib

from cloudpolicy.fix.replacing import WORDS
from cloudpolicy.reports.columns import clean
from cloudpolicy.reports.places import Places
from cloudpolicy.reports.secrets import mask_named
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudpolicy.fix.outcome import Outcome, Target
    from cloudpolicy.texts import Language

_TONES = {"+": "32", "-": "31", "@": "36"}


def difference(outcome: Outcome, base: str, color: bool = False, hide: bool = False) -> str:
    """The edits as a unified diff that `git apply` and `patch -p1` take from the folder `base`; to look at only when secrets are to be hidden."""
    places = Places(base)
    found: list[str] = []
    for path, (before, after) in sorted(outcome.texts.items()):
        name = places.of(path)
        old, new = (data.decode("utf-8", "surrogateescape").split("\n") for data in (before, after))
        old, new = ([line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else []) for lines in (old, new))
        for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
            line = mask_named(line)[0] if hide else line
            whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            tone = _TONES.get(line[:1]) if color else None
            found.append(f"\x1b[{tone}m{whole[:-1]}\x1b[0m\n" if tone else whole)
    return "".join(found)


def secret_lines(difference: str) -> int:
    """How many lines of a diff show a value that is named like a secret."""
    return sum(mask_named(line)[0] != line for line in difference.splitlines())


def summary(outcome: Outcome, language: Language, base: str, written: bool, verbose: bool) -> str:
    """What was fixed, what was not and why, and how many of each."""
    places = Places(base)
    fixed = [target for target in outcome.targets if target.fixed]
    refused = [target for target in outcome.targets if not target.fixed and target.mechanical]
    rest = [target for target in outcome.targets if not target.fixed and not target.mechanical]
    parts: list[str] = []

    def section(title: Text, targets: list[Target]) -> None:
        if targets:
            parts.append(f"\n{title.pick(language)}\n")
            parts.extend(_lines(targets, places, language, verbose))

    section(Text("Fixed", "修正済み") if written else Text("Would be fixed", "修正できる項目"), fixed)
    section(Text("Not fixed", "修正しなかった項目"), refused)
    if verbose:
        section(Text("For people", "判断が必要な項目"), rest)
    for diagnostic in outcome.diagnostics:
        if diagnostic.severity == "error":
            where = f" ({places.of(diagnostic.span.file)}:{diagnostic.span.line})" if diagnostic.span else ""
            parts.append(f"\n{clean(diagnostic.text.pick(language))}{where}\n")
    anew = sum(bool(target.effect) for target in fixed)
    if anew:
        parts.append(
            Text(
                f"\n! {anew} of them change what cannot be changed in place. Before you apply them, save what these resources hold.\n",
                f"\n! このうち {anew} 件は、既存のリソースのままでは変更できない設定です。適用する前に、必要なデータを退避してください。\n",
            ).pick(language)
        )
    counts = Text(
        f"{len(fixed)} fixed, {len(refused)} not, {len(rest)} take a decision, {outcome.unknown} undecided; {_files(len(outcome.texts))}",
        f"修正 {len(fixed)} 件、見送り {len(refused)} 件、要判断 {len(rest)} 件、判定不能 {outcome.unknown} 件。変更するファイル {len(outcome.texts)} 個",
    )
    parts.append(f"\n{counts.pick(language)}\n")
    if fixed and not written:
        parts.append(
            Text("Nothing was written; --write does.\n", "ファイルは変更していません。書き込むには --write を付けてください。\n").pick(
                language
            )
        )
        parts.extend(
            Text(
                f"--write leaves {clean(places.of(path))} alone: {reason.en}\n",
                f"--write でも {clean(places.of(path))} には書き込みません。{reason.ja}\n",
            ).pick(language)
            for path, reason in sorted(outcome.held.items())
        )
    return "".join(parts)


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'} changed"


def _lines(targets: list[Target], places: Places, language: Language, each: bool) -> list[str]:
    """A line for each target; unless `each`, one for those of one policy at one place, as the instances of a loop are."""
    alike: dict[object, list[Target]] = {}
    for number, target in enumerate(targets):
        finding = target.failure.findings[0]
        key = (finding.policy, finding.span.file, finding.span.line, _remark(target, places, language))
        alike.setdefault(number if each else key, []).append(target)
    found = []
    for first, *others in alike.values():
        finding = first.failure.findings[0]
        where = f"{places.of(finding.span.file)}:{finding.span.line}"
        more = Text(f" (and {len(others)} more like it)", f"(ほか同様 {len(others)} 件)").pick(language) if others else ""
        line = f"  {where}  {finding.policy}  {finding.message.pick(language)}{more}{_remark(first, places, language)}"
        found.append(clean(line) + "\n")
    return found


def _remark(target: Target, places: Places, language: Language) -> str:
    """Where it is fixed if not there, and what applying it does; or why it is not fixed."""
    remarks = []
    if target.fixed and target.place is not None:
        where = f"{places.of(target.place[0])}:{target.place[1]}"
        remarks.append(Text(f"set at {where}", f"設定元 {where} を修正"))
    said = WORDS.get(target.effect) if target.fixed else target.reason
    if said is not None:
        remarks.append(said)
    return "".join(f" — {remark.pick(language)}" for remark in remarks)
