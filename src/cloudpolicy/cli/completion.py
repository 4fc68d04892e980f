"""`cloudpolicy completion SHELL`: a completion script, made from the commands' own options."""

from __future__ import annotations

from cloudpolicy import cli
from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action, Namespace

SHELLS = ("bash", "zsh", "fish", "powershell")
OPTIONS = (Option("shell", "SHELL", "%(choices)s", "%(choices)s", choices=SHELLS), options.LANG)


def main(given: Namespace, parser: Parser) -> int:
    known = {command: cli.parser_of(command, parser.language)[0]._actions for command in cli.COMMANDS}
    if given.shell == "fish":
        lines = _fish(known, parser)
    elif given.shell == "powershell":
        lines = _powershell(known)
    else:
        lines = _bash(known, given.shell == "zsh")
    print("\n".join(lines))
    return 0


def _names(action: Action) -> list[str]:
    return [name for name in action.option_strings if name.startswith("--")]


def _words(actions: list[Action]) -> list[str]:
    """What may stand in a command's line: its options, and the values of an argument that has a choice of them."""
    options = sorted(name for action in actions for name in _names(action))
    return [*(str(choice) for action in actions if not action.option_strings for choice in action.choices or ()), *options]


def _values(known: dict[str, list[Action]]) -> dict[str, list[str]]:
    """ "command --option" -> the values to choose from."""
    return {
        f"{command} {name}": [str(choice) for choice in action.choices]
        for command, actions in known.items()
        for action in actions
        for name in _names(action)
        if action.choices
    }


def _bash(known: dict[str, list[Action]], zsh: bool) -> list[str]:
    return [
        *(["autoload -U +X bashcompinit && bashcompinit"] if zsh else []),
        "_cloudpolicy() {",
        "  local words='' word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}",
        '  if [ "$before" = "=" ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi  # bash takes --option=value for three words',
        '  if [ "$word" = "=" ]; then word=; fi',
        '  case "${COMP_WORDS[1]} $before" in',
        *(f"    '{place}') words='{' '.join(values)}' ;;" for place, values in _values(known).items()),
        "  esac",
        '  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$word")); return; fi',
        "  case ${COMP_WORDS[1]} in",
        *(f"    {command}) words='{' '.join(_words(actions))}' ;;" for command, actions in known.items()),
        "  esac",
        f"  if [ \"$COMP_CWORD\" -eq 1 ]; then words='{' '.join(known)}'; fi",
        '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
        '  case $word in -*) ;; *) [ "$COMP_CWORD" -gt 1 ] && COMPREPLY+=($(compgen -f -- "$word")) ;; esac',
        "}",
        "complete -o filenames -F _cloudpolicy cloudpolicy",
    ]


def _fish(known: dict[str, list[Action]], parser: Parser) -> list[str]:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = [
        f"complete -c cloudpolicy -n __fish_use_subcommand -f -a {command} -d {quoted(words.pick(parser.language))}"
        for command, words in cli.COMMANDS.items()
    ]
    for command, actions in known.items():
        for action in actions:
            choices = quoted(" ".join(map(str, action.choices))) if action.choices else ""
            what = [f" -l {name[2:]}" for name in _names(action)] if action.option_strings else [" -f"] if choices else []
            value = f" -x -a {choices}" if choices else " -r" if action.option_strings and action.nargs != 0 else ""
            about = quoted((action.help or "").replace("%(choices)s", ", ".join(map(str, action.choices or ()))))
            lines += [f"complete -c cloudpolicy -n '__fish_seen_subcommand_from {command}'{one}{value} -d {about}" for one in what]
    return lines


def _powershell(known: dict[str, list[Action]]) -> list[str]:
    def table(entries: dict[str, list[str]]) -> str:
        return "; ".join(f"'{name}' = @({', '.join(repr(word) for word in words)})" for name, words in entries.items())

    return [
        "Register-ArgumentCompleter -Native -CommandName cloudpolicy -ScriptBlock {",
        "  param($word, $line, $position)",
        f"  $options = @{{ {table({command: _words(actions) for command, actions in known.items()})} }}",
        f"  $values = @{{ {table(_values(known))} }}",
        '  $given = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })',
        "  $command = $given[0]",
        '  $before = if ("$word" -ne "" -and $given.Count -gt 1) { $given[-2] } else { $given[-1] }',
        '  $(if ($values.ContainsKey("$command $before")) { $values["$command $before"] }',
        '    elseif ($options.ContainsKey("$command")) { $options["$command"] } else { $options.Keys }) |',
        '    Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }',
        "}",
    ]
