"""The command line: one module per command, wiring only."""

from __future__ import annotations

import argparse
import os
import sys

from cloudpolicy.texts import Text, locale_language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from cloudpolicy.model import Diagnostic
    from cloudpolicy.texts import Language

COMMANDS: dict[str, Text] = {
    "scan": Text("check templates against the policies", "テンプレートをポリシーに照らして検査する"),
    "hook": Text("judge what changed files belong to (pre-commit)", "変更されたファイルが関わる範囲を検査する(pre-commit 用)"),
    "import": Text("report results of Checkov, cfn-lint or SARIF tools by clause", "Checkov・cfn-lint・SARIF の結果を条項ごとに表示する"),
    "preview": Text("check a template as the cloud resolves it", "クラウドが解決した値でテンプレートを検査する"),
    "live": Text("check what is deployed", "配備済みのリソースを検査する"),
    "fix": Text("mend what has one remedy; shows the edits unless told to write", "対処が一つに決まる指摘を修正する(既定は差分の表示のみ)"),
    "baseline": Text("write down what is known, so that only what is new fails", "既知の指摘を記録し、新しい指摘だけを不合格にする"),
    "waive": Text("write an approved exception down", "承認された例外を記録する"),
    "attest": Text("list and add attestations of clauses", "条項の証明を一覧表示・追加する"),
    "handover": Text("write the pack that is handed over with a system", "引き渡し用のパックを作成する"),
    "verify": Text("prove a handover pack", "引き渡しパックを検証する"),
    "diff": Text("compare two handover packs or reports", "2 つの引き渡しパック・レポートを比較する"),
    "explain": Text("explain one policy", "ポリシーを 1 件説明する"),
    "policies": Text("list the policies", "ポリシーの一覧を表示する"),
    "guidelines": Text("list, search and show the guidelines' clauses", "ガイドラインの条項を一覧・検索・表示する"),
    "coverage": Text("tell how the clauses are verified, and by which policies", "条項の確認方法と対応するポリシーを表示する"),
    "init": Text("write a first configuration, hook and pipeline", "設定ファイル・フック・パイプラインのひな型を作成する"),
    "test": Text("run the policies' own examples", "ポリシー自身の例を実行する"),
    "path": Text("print where the policies for Checkov or cfn-lint stand", "Checkov・cfn-lint 用ポリシーの場所を表示する"),
    "schema": Text("print a JSON Schema of our files", "cloudpolicy が扱うファイルの JSON Schema を出力する"),
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
    if argv and argv[0] in COMMANDS:  # only the module of the command that is asked for is imported
        parser, module = parser_of(argv[0], language)
        return int(module.main(parser.parse_args(argv[1:]), parser))
    from cloudpolicy.cli import top

    return top.answer(argv, language)


def parser_of(command: str, language: Language) -> tuple[Parser, Any]:
    """The parser of one of COMMANDS, and its module: OPTIONS, STATUS (what an exit status of 1 says, where it says anything) and main()."""
    from cloudpolicy.cli import options

    name = "import_" if command == "import" else command  # `import` is a word of Python's
    module = __import__(f"cloudpolicy.cli.{name}", fromlist=["OPTIONS"])
    parser = Parser(language, f"cloudpolicy {command}", COMMANDS[command].pick(language), getattr(module, "STATUS", None))
    options.declare(parser, module.OPTIONS)
    return parser, module


# Its own English goes through gettext, which looks for a catalogue that no Python has and loads `locale` for it.
for _name, _as_it_is in (("_", str), ("ngettext", lambda one, several, number: one if number == 1 else several)):
    setattr(argparse, _name, _as_it_is)


class Formatter(argparse.HelpFormatter):
    """argparse's own, which asks how wide the terminal is without loading `shutil` (one is made for every option that is declared), and breaks
    lines where Japanese may be broken."""

    def __init__(self, prog: str, language: Language) -> None:
        super().__init__(prog, width=columns(80) - 2)
        self.language = language

    def _format_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None) -> str:
        if self.language == "ja":  # the prefix is as wide as what stands for it: lines that follow are indented by it
            return super()._format_usage(usage, actions, groups, "usage:  ").replace("usage:  ", "使い方: ", 1)
        return super()._format_usage(usage, actions, groups, prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        from cloudpolicy.reports.columns import wrap

        return wrap(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for part in text.splitlines() for line in self._split_lines(part, width) or [""])


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

    def __init__(self, language: Language, prog: str, description: str = "", status: Text | None = None) -> None:
        super().__init__(prog, description=description, add_help=False, formatter_class=lambda prog: Formatter(prog, language))
        self.language: Language = language
        self.status = status
        self.headings: dict[Text, argparse._ArgumentGroup] = {}
        self._optionals.title = self.say("options", "オプション")
        self._positionals.title = self.say("arguments", "引数")
        self._optionals.add_argument("-h", "--help", action="help", help=self.say("show this help", "このヘルプを表示する"))

    def heading(self, title: Text | None) -> argparse._ArgumentGroup:
        """The part of `--help` under this title, else argparse's own."""
        if title is None:
            return self._optionals
        if title not in self.headings:
            self.headings[title] = self.add_argument_group(title.pick(self.language))
        return self.headings[title]

    def say(self, en: str, ja: str) -> str:
        return parser_text(self.language, en, ja)

    def parse_args(self, argv: Sequence[str]) -> argparse.Namespace:  # type: ignore[override]
        given, rest = self.parse_known_args(argv)
        if rest:  # arguments on both sides of an option, unless it is a mistake
            given, rest = self.parse_known_intermixed_args(argv)
        if rest:
            from cloudpolicy.cli import mistakes

            self.error(mistakes.unknown(rest[0], self))
        return given

    def format_help(self) -> str:
        self.epilog = self._statuses()
        return super().format_help()

    def _statuses(self) -> str:
        if self.status is None:
            return self.say("exit status: 0, or 2 when it cannot be done", "終了コード: 0(正常終了)、2(実行できないとき)")
        one = self.status.pick(self.language)
        return self.say(
            f"exit status: 0 fine; 1 {one}; 2 something could not be read, parsed or configured",
            f"終了コード: 0(問題なし)、1({one})、2(読み取り・解析・設定ができないものがある)",
        )

    def error(self, message: str) -> NoReturn:
        """End the command, which cannot be carried out as it is written."""
        from cloudpolicy.cli import mistakes

        said = mistakes.said(message, self)
        self.exit(2, f"cloudpolicy: {said}\n" + self.say(f"see: {self.prog} --help", f"使い方: {self.prog} --help") + "\n")

    def fail(self, en: str, ja: str) -> NoReturn:
        self.error(self.say(en, ja))

    def must_exist(self, *paths: str) -> None:
        """End the command for a path that the command line names and that is not there."""
        for path in paths:
            if not os.path.lexists(path):
                self.fail(f"{path} does not exist", f"{path} がありません")

    def must_be_files(self, *paths: str) -> None:
        self.must_exist(*paths)
        for path in paths:
            if not os.path.isfile(path):
                self.fail(f"{path} is no file", f"{path} はファイルではありません")

    def must_be_folder(self, path: str) -> None:
        if not os.path.isdir(path):
            self.fail(f"{path} is no folder", f"{path} はフォルダではありません")

    def cannot_write(self, path: str, error: OSError) -> NoReturn:
        self.fail(f"{path} cannot be written: {error.strerror}", f"{path} に書き込めません: {error.strerror}")


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


def complain(diagnostic: Diagnostic, language: Language) -> int:
    """Print why the command cannot be carried out; returns exit status 2."""
    place = f" ({diagnostic.span.file}:{diagnostic.span.line})" if diagnostic.span else ""
    print(f"cloudpolicy: {diagnostic.text.pick(language)}{place}", file=sys.stderr)
    return 2
