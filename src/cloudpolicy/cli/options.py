"""Options and arguments of command lines as tables, and the ones that several commands share: one name, one meaning, one place in `--help`."""

from __future__ import annotations

import os

from cloudpolicy import reports
from cloudpolicy.findings import SEVERITIES
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from argparse import _ActionsContainer
    from collections.abc import Iterable
    from typing import Any

    from cloudpolicy.cli import Parser


class Option:
    """An option (its name begins with --) or an argument; `settings` are argparse's own, `under` the heading in `--help`."""

    __slots__ = ("help", "metavar", "names", "settings", "under")

    def __init__(self, names: str, metavar: str, en: str, ja: str, under: Text | None = None, **settings: Any) -> None:
        self.names = names.split()
        self.metavar = metavar
        self.help = Text(en, ja)
        self.under = under
        self.settings = settings

    def but(self, en: str, ja: str, **settings: Any) -> Option:
        """The same option where a command says more closely what it does."""
        return Option(" ".join(self.names), self.metavar, en, ja, self.under, **{**self.settings, **settings})

    def also(self, name: str) -> Option:
        """The same option under one more name."""
        return Option(" ".join((*self.names, name)), self.metavar, self.help.en, self.help.ja, self.under, **self.settings)

    def declare(self, parser: Parser, container: _ActionsContainer | None = None) -> None:
        settings = {**self.settings, "metavar": self.metavar} if self.metavar else self.settings
        if container is None:
            container = parser.heading(self.under) if self.names[0].startswith("-") else parser._positionals
        container.add_argument(*self.names, help=self.help.pick(parser.language), **settings)


class OneOf:
    """Options of which at most one is given."""

    __slots__ = ("options",)

    def __init__(self, *options: Option) -> None:
        self.options = options

    def declare(self, parser: Parser) -> None:
        group = parser.heading(self.options[0].under).add_mutually_exclusive_group()
        for option in self.options:
            option.declare(parser, group)


def flag(names: str, en: str, ja: str, under: Text | None = None, **settings: Any) -> Option:
    """An option that takes no value."""
    return Option(names, "", en, ja, under, action="store_true", **settings)


def declare(parser: Parser, options: Iterable[Option | OneOf]) -> None:
    for option in options:
        option.declare(parser)


_POLICIES = Text("policies", "ポリシー")
_STATUS = Text("what fails", "不合格とするもの")
_READING = Text("how templates are read", "テンプレートの読み方")
_RUNNING = Text("how it is run", "実行方法")
_REPORT = Text("report", "レポート")

PATHS = Option("paths", "PATH", "folders or files (default: .)", "フォルダまたはファイル(既定: .)", nargs="*", default=["."])

CHOSEN = Option("policy", "POLICY", "ids, prefixes or setting types (default: all)", "ID、前方一致、設定種別(既定: すべて)", nargs="*")
CONFIG = Option(
    "--config",
    "FILE",
    "configuration file (default: the nearest cloudpolicy.toml)",
    "設定ファイル(既定: 直近の cloudpolicy.toml)",
    _POLICIES,
)
OWN_POLICIES = Option(
    "--policies", "DIR", "your own policies, beside ours", "組み込みのポリシーと併用する独自ポリシーのフォルダ", _POLICIES
)
PROFILE = Option(
    "--profile",
    "NAME",
    "which policies: baseline, closed-network, fisc, advisory",
    "適用するプロファイル: baseline、closed-network、fisc、advisory",
    _POLICIES,
)
SELECTION = (
    CONFIG,
    PROFILE,
    Option(
        "--select",
        "ID,…",
        "only these: ids, prefixes (CP_NET), setting types (NET)",
        "これだけを適用する: ID、前方一致(CP_NET)、設定種別(NET)",
        _POLICIES,
        action="append",
    ),
    Option("--ignore", "ID,…", "all but these", "これを除く(指定方法は --select と同じ)", _POLICIES, action="append"),
)
FAIL_ON = Option(
    "--fail-on",
    "SEVERITY",
    "least severity that makes the exit status 1: %(choices)s (default: low)",
    "終了コードを 1 にする最小の重大度: %(choices)s(既定: low)",
    _STATUS,
    choices=SEVERITIES,
)
THRESHOLD = (FAIL_ON, flag("--strict", "unknown verdicts fail too", "判定不能も不合格とする", _STATUS, default=None))
KNOWN = Option(
    "--baseline",
    "FILE",
    "what is known (default: every cloudpolicy-baseline.json in or above the folders)",
    "既知の指摘のファイル(既定: 検査対象とその上位フォルダにある cloudpolicy-baseline.json)",
    _STATUS,
)
BASELINE = OneOf(
    KNOWN,
    flag("--no-baseline", "nothing is known", "ベースラインを使わない", _STATUS),
)
SINCE = Option(
    "--since",
    "REF",
    "only what is new since the merge base with this branch or commit makes the exit status 1",
    "このブランチまたはコミットとのマージベース以降に生じた指摘だけを終了コード 1 の対象とする",
    _STATUS,
)

PARAMETERS = Option(
    "--parameters",
    "FILE",
    "parameters of CloudFormation, ARM and Bicep templates",
    "CloudFormation・ARM・Bicep のパラメータファイル",
    _READING,
    action="append",
)
READING = (
    Option(
        "--region",
        "REGION",
        "region to assume where the template names none",
        "テンプレートに記載がないときに仮定するリージョン",
        _READING,
    ),
    Option("--var-file", "FILE", "Terraform variables", "Terraform の変数ファイル", _READING, action="append"),
    Option("--workspace", "NAME", "Terraform workspace (default: default)", "Terraform のワークスペース(既定: default)", _READING),
    PARAMETERS,
)

JOBS = Option("--jobs", "N", "processes (default: one per core)", "プロセス数(既定: コア数)", _RUNNING, type=int)
RUNNING = (
    JOBS,
    flag(
        "--no-cache",
        "judge everything anew, and keep no results",
        "前回までの結果を使わず、すべて検査し直す(結果も保存しない)",
        _RUNNING,
    ),
)

ATTESTATIONS = Option(
    "--attestations", "FILE", "attestations (default: the nearest attestations.yaml)", "証明ファイル(既定: 直近の attestations.yaml)"
)
DATE = Option("--date", "DATE", "day, YYYY-MM-DD (default: today)", "日付 YYYY-MM-DD(既定: 今日)")
EXPIRES = Option("--expires", "DATE", "last day on which it counts, YYYY-MM-DD", "有効期間の最終日 YYYY-MM-DD")

LANG = Option(
    "--lang",
    "LANG",
    "language: %(choices)s (default: the locale's)",
    "表示言語: %(choices)s(既定: ロケールに従う)",
    choices=("ja", "en"),
)
NO_COLOR = flag("--no-color", "no colours", "色を付けない", _REPORT)
VERBOSE = flag("--verbose", "list what was left out, too", "対象外としたファイルも表示する", _REPORT)


def format_of(*choices: str, under: Text | None = None) -> Option:
    """`--format` with these choices, of which the first is the default."""
    return Option(
        "--format",
        "FORMAT",
        f"what is printed: %(choices)s (default: {choices[0]})",
        f"標準出力の形式: %(choices)s(既定: {choices[0]})",
        under,
        choices=choices,
        default=choices[0],
    )


REPORT = (
    format_of(*reports.FORMATS, under=_REPORT),
    Option(
        "--output",
        "FILE",
        "also write a report; its format follows from the ending",
        "ファイルにも出力する(形式は拡張子で決まる)",
        _REPORT,
        action="append",
        default=[],
    ),
    flag("--show-passed", "list what passes, too", "適合した項目も表示する", _REPORT),
    NO_COLOR,
    VERBOSE,
    flag("--quiet", "print nothing but errors", "エラー以外を表示しない", _REPORT),
    LANG,
)


FINDINGS = Text("findings that fail", "不合格の指摘がある")  # what an exit status of 1 says


def jobs(number: int | None) -> int:
    """How many processes `--jobs` asks for."""
    return max(1, number if number is not None else os.cpu_count() or 1)


def day(text: str | None, option: str, parser: Parser) -> datetime.date | None:
    """The day that an option gives; ends the command for what is none."""
    import datetime

    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        parser.fail(f"{option}: write a day like 2026-04-01, not {text!r}", f"{option}: 日付は 2026-04-01 の形で書いてください({text!r})")
