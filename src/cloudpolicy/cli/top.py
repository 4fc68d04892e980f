"""`cloudpolicy` with no command, or with one that there is not: the list of commands, the version, or the way out."""

from __future__ import annotations

import argparse

from cloudpolicy import __version__
from cloudpolicy.cli import COMMANDS, Parser, mistakes
from cloudpolicy.cli.options import LANG
from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from cloudpolicy.texts import Language

_ABOUT = Text(
    "Japanese public-sector cloud guidelines, checked before deployment.",
    "公共分野のクラウド設定指針を、配備前のテンプレートで検査します。",
)
# the first command of each part -> what the part is for
_PARTS = {
    "scan": Text("check and mend", "検査と修正"),
    "baseline": Text("decide", "例外・証明の記録"),
    "handover": Text("hand over", "引き渡し"),
    "explain": Text("look up", "調べる"),
    "init": Text("set up", "導入とポリシー作成"),
}


class _Parser(Parser):
    def format_help(self) -> str:
        """The commands stand before the options, under a heading for each part of the work."""
        formatter = self._get_formatter()
        formatter.add_usage("cloudpolicy COMMAND …", [], [])
        formatter.add_text(self.description)
        for command, words in COMMANDS.items():
            if command in _PARTS:
                if command != "scan":
                    formatter.end_section()
                formatter.start_section(_PARTS[command].pick(self.language))
            formatter.add_argument(_as_argument(command, words.pick(self.language)))
        formatter.end_section()
        formatter.start_section(self._optionals.title)
        formatter.add_arguments(self._optionals._group_actions)
        formatter.end_section()
        formatter.add_text(self.say("more of a command: cloudpolicy COMMAND --help", "コマンドごとの説明: cloudpolicy COMMAND --help"))
        return formatter.format_help()


def _as_argument(name: str, about: str) -> argparse.Action:
    return argparse.Action([], name, metavar=name, help=about)


def answer(argv: list[str], language: Language) -> int:
    """The exit status; or ends the process with 2 for what is no command."""
    parser = _Parser(language, "cloudpolicy", _ABOUT.pick(language))
    version = parser.say("show the version", "バージョンを表示する")
    parser._optionals.add_argument("--version", action="version", version=f"cloudpolicy {__version__}", help=version)
    LANG.declare(parser)
    _, rest = parser.parse_known_args(argv)
    if rest:
        _refuse(rest, parser)
    print(parser.format_help(), end="")
    return 0


def _refuse(rest: list[str], parser: Parser) -> NoReturn:
    command = next((word for word in rest if word in COMMANDS), None)
    if command:  # options belong to commands
        parser.fail(f"write the command first: cloudpolicy {command} …", f"コマンドを先に書いてください: cloudpolicy {command} …")
    word = rest[0]
    parser.error(mistakes.unknown(word, parser) if word.startswith("-") else mistakes.command(word, COMMANDS, parser))
