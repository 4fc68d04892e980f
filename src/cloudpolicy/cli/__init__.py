"""The command line: one module per command, wiring only."""

from __future__ import annotations

import argparse
import os
import re
import sys

from cloudpolicy import __version__
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudpolicy.model import Diagnostic
    from cloudpolicy.texts import Language

COMMANDS: dict[str, Text] = {
    "scan": Text("check templates against the policies", "テンプレートをポリシーに照らして検査する"),
    "hook": Text("judge what changed files belong to (pre-commit)", "変更されたファイルが関わる範囲を検査する(pre-commit 用)"),
    "import": Text("report results of Checkov, cfn-lint or SARIF tools by clause", "Checkov・cfn-lint・SARIF の結果を条項ごとに表示する"),
    "fix": Text("mend what has one remedy; shows the edits unless told to write", "対処が一つに決まる指摘を修正する(既定は差分の表示のみ)"),
    "init": Text("write a first configuration, hook and pipeline", "設定ファイル・フック・パイプラインのひな型を作成する"),
    "explain": Text("explain one policy", "ポリシーを 1 件説明する"),
    "policies": Text("list the policies", "ポリシーの一覧を表示する"),
    "guidelines": Text("list, search and show the guidelines' clauses", "ガイドラインの条項を一覧・検索・表示する"),
    "coverage": Text("tell how the clauses are verified, and by which policies", "条項の確認方法と対応するポリシーを表示する"),
    "attest": Text("add and list attestations of clauses", "条項の証明を追加・一覧表示する"),
    "handover": Text("write the pack that is handed over with a system", "引き渡し用のパックを作成する"),
    "verify": Text("prove a handover pack", "引き渡しパックを検証する"),
    "diff": Text("compare two handover packs or reports", "2 つの引き渡しパック・レポートを比較する"),
    "test": Text("run the policies' own examples", "ポリシー自身の例を実行する"),
    "path": Text("print where the policies for Checkov or cfn-lint stand", "Checkov・cfn-lint 用ポリシーの場所を表示する"),
    "baseline": Text("write down what is known, so that only what is new fails", "既知の指摘を記録し、新しい指摘だけを不合格にする"),
    "waive": Text("write an approved exception down", "承認された例外を記録する"),
    "preview": Text("check a template as the cloud resolves it", "クラウドが解決した値でテンプレートを検査する"),
    "live": Text("check what is deployed", "配備済みのリソースを検査する"),
    "schema": Text(
        "print a JSON Schema (policy, profile, config, waivers, baseline, attestations, report)",
        "JSON Schema を出力する(policy、profile、config、waivers、baseline、attestations、report)",
    ),
    "completion": Text("print a shell completion script", "シェル補完スクリプトを出力する"),
}


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns the exit status (design.md §5)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # what a console cannot show is replaced, never an exception
            reconfigure(errors="replace")
    language = language_of(argv)
    try:
        return _run(list(argv), language)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130


def _run(argv: list[str], language: Language) -> int:
    command = next((word for word in argv if not word.startswith("-")), None)
    if command in COMMANDS and argv[0] == command:
        # only the module of the command that is asked for is imported
        module = module_of(command)
        parser = Parser(language, prog=f"cloudpolicy {command}", description=COMMANDS[command].pick(language))
        module.add(parser)
        return int(module.main(parser.parse_args(argv[1:]), parser))
    parser = Parser(
        language,
        prog="cloudpolicy",
        description=parser_text(
            language,
            "Japanese public-sector cloud guidelines, checked before deployment.",
            "公共分野のクラウド設定指針を、配備前のテンプレートで検査します。",
        ),
        epilog="\n".join(f"  {name:<12}{words.pick(language)}" for name, words in COMMANDS.items()),
        formatter_class=RawFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cloudpolicy {__version__}")
    parser.add_argument("command", choices=list(COMMANDS), metavar=parser_text(language, "COMMAND", "コマンド"))
    parser.parse_args(argv[:1] or ["--help"])
    # a known command after an option: options belong to commands
    parser.error(
        parser_text(language, f"write the command first: cloudpolicy {command} …", f"コマンドを先に書いてください: cloudpolicy {command} …")
    )
    return 2


def module_of(command: str) -> Any:
    """The module of one of COMMANDS, imported."""
    name = "import_" if command == "import" else command.replace("-", "_")  # `import` is a word of Python's
    return __import__(f"cloudpolicy.cli.{name}", fromlist=["add"])


# What argparse says, in Japanese: it has no catalogue of its own.
_ARGPARSE = (
    (r"^unrecognized arguments: (.*)$", r"そのようなオプションはありません: \1"),
    (r"^the following arguments are required: (.*)$", r"次の引数が必要です: \1"),
    (r"^argument (.*?): invalid choice: (.*?) \(choose from (.*)\)$", r"\1 に \2 は指定できません(指定できるもの: \3)"),
    (r"^argument (.*?): invalid int value: (.*)$", r"\1 には整数を指定してください(\2 は使えません)"),
    (r"^argument (.*?): not allowed with argument (.*)$", r"\1 と \2 は同時に指定できません"),
    (r"^argument (.*?): expected (?:one argument|at least one argument)$", r"\1 には値が必要です"),
)


# Its own English goes through gettext, which looks for a catalogue that no Python has and loads `locale` for it.
for _name, _as_it_is in (("_", str), ("ngettext", lambda one, several, number: one if number == 1 else several)):
    setattr(argparse, _name, _as_it_is)


class Formatter(argparse.HelpFormatter):
    """argparse's own, which asks how wide the terminal is without loading `shutil`: one is made for every option that is declared."""

    def __init__(self, prog: str, **options: object) -> None:
        super().__init__(prog, width=columns(80) - 2, **options)  # type: ignore[arg-type]


class RawFormatter(argparse.RawDescriptionHelpFormatter, Formatter):
    """The same for text that is already in lines."""


def columns(without: int = 120) -> int:
    """The width of the terminal, at least 60; `without` where there is none."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return max(60, int(given))
    try:
        return max(60, os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ is not None else -1).columns or without)
    except (OSError, ValueError):
        return without


class Parser(argparse.ArgumentParser):
    """argparse with one language throughout and errors that name the way out."""

    def __init__(self, language: Language, **options: object) -> None:
        super().__init__(add_help=False, **{"formatter_class": Formatter, **options})  # type: ignore[arg-type]
        self.language: Language = language
        self._optionals.title = self.say("options", "オプション")
        self._positionals.title = self.say("arguments", "引数")
        self.add_argument("-h", "--help", action="help", help=self.say("show this help", "このヘルプを表示する"))

    def say(self, en: str, ja: str) -> str:
        return parser_text(self.language, en, ja)

    def error(self, message: str) -> None:  # type: ignore[override]
        if self.language == "ja":
            for pattern, words in _ARGPARSE:
                message = re.sub(pattern, words, message)
        self.exit(2, f"cloudpolicy: {message}\n" + self.say(f"see: {self.prog} --help", f"使い方: {self.prog} --help") + "\n")


def parser_text(language: Language, en: str, ja: str) -> str:
    return ja if language == "ja" else en


def language_of(argv: Sequence[str]) -> Language:
    """`--lang`, else the locale: known before anything is parsed, so that help and errors speak it too."""
    for index, word in enumerate(argv):
        value = (
            word.partition("=")[2] if word.startswith("--lang=") else argv[index + 1] if word == "--lang" and index + 1 < len(argv) else ""
        )
        if value in ("ja", "en"):
            return "ja" if value == "ja" else "en"
    return locale_language()


def locale_language() -> Language:
    for name in ("CLOUDPOLICY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "ja" if value.lower().startswith("ja") else "en"
    if sys.platform == "win32":
        import ctypes

        return "ja" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0x3FF == 0x11 else "en"
    return "en"


def complain(diagnostic: Diagnostic, language: Language) -> int:
    """Print why the command cannot be carried out; returns exit status 2."""
    place = f" ({diagnostic.span.file}:{diagnostic.span.line})" if diagnostic.span else ""
    print(f"cloudpolicy: {diagnostic.text.pick(language)}{place}", file=sys.stderr)
    return 2
