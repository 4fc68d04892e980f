"""What a command line that cannot be understood is told: in both languages, and with what was probably meant."""

from __future__ import annotations

import re

from cloudpolicy.texts import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudpolicy.cli import Parser

# What argparse says: it has no catalogue of its own.
_ARGPARSE = (
    (r"the following arguments are required: (.*)", Text(r"also needed: \1", r"次の指定が必要です: \1")),
    (
        r"argument (.*?): invalid int value: (.*)",
        Text(r"\1 takes a whole number, not \2", r"\1 には整数を指定してください(\2 は使えません)"),
    ),
    (r"argument (.*?): not allowed with argument (.*)", Text(r"give \1 or \2, not both", r"\1 と \2 は同時に指定できません")),
    (r"argument (.*?): expected (?:one argument|at least one argument)", Text(r"\1 wants a value", r"\1 には値が必要です")),
    (r"argument (.*?): ignored explicit argument (.*)", Text(r"\1 takes no value: \2", r"\1 に値は指定できません: \2")),
    (
        r"ambiguous option: (.*?)(?:=.*)? could match (.*)",
        Text(r"\1 may be \2; write it in full", r"\1 は \2 のどれか特定できません。省略せずに書いてください"),
    ),
)
_CHOICE = re.compile(r"argument (.*?): invalid choice: ('.*?'|\".*?\"|\S+) \(choose from (.*)\)")


def said(message: str, parser: Parser) -> str:
    """argparse's message in the parser's language; any other as it is."""
    if found := _CHOICE.fullmatch(message):
        name, given, choices = found.groups()
        choices = choices.replace("'", "")
        hint = _meant(given.strip("'\""), choices.split(", "), parser)
        return parser.say(
            f"{name} cannot be {given}; it is one of: {choices}{hint}",
            f"{name} に {given} は指定できません(指定できるもの: {choices}){hint}",
        )
    for pattern, words in _ARGPARSE:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(words.pick(parser.language))
    return message


def unknown(word: str, parser: Parser) -> str:
    """What is said of a word of the command line that nothing takes."""
    if not word.startswith("-") or word == "-":
        return parser.say(f"{word!r} is one argument too many", f"引数 {word!r} は余分です")
    name = word.partition("=")[0]
    hint = _meant(name, (option for action in parser._actions for option in action.option_strings if option.startswith("--")), parser)
    return parser.say(f"there is no option {name}{hint}", f"オプション {name} はありません{hint}")


def command(word: str, commands: Iterable[str], parser: Parser) -> str:
    """What is said of a word that stands where a command should."""
    hint = _meant(word, commands, parser)
    return parser.say(f"there is no command {word!r}{hint}", f"コマンド {word!r} はありません{hint}")


def _meant(word: str, known: Iterable[str], parser: Parser) -> str:
    import difflib

    names = {name.lstrip("-"): name for name in known}  # what all have in common makes none alike
    nearest = [names[name] for name in difflib.get_close_matches(word.lstrip("-").lower(), names, 1, 0.7)]
    return parser.say(f"; did you mean {nearest[0]}?", f"。{nearest[0]} ではありませんか?") if nearest else ""
