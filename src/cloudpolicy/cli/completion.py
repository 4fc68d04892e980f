"""`cloudpolicy completion SHELL`: a completion script, made from the commands' own options."""

from __future__ import annotations

from cloudpolicy import cli
from cloudpolicy.cli import Parser, options
from cloudpolicy.cli.options import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

SHELLS = ("bash", "zsh", "fish", "powershell")

OPTIONS = (Option("shell", "SHELL", "%(choices)s", "%(choices)s", choices=SHELLS), options.LANG)


def main(given: Namespace, parser: Parser) -> int:
    known = {command: _options(command, parser) for command in cli.COMMANDS}
    commands = " ".join(known)
    if given.shell == "fish":
        lines = [f"complete -c cloudpolicy -n __fish_use_subcommand -f -a '{commands}'"]
        lines += [
            f"complete -c cloudpolicy -n '__fish_seen_subcommand_from {command}' -l {option[2:]}"
            for command, found in known.items()
            for option in found
        ]
    elif given.shell == "powershell":
        table = "; ".join(f"'{command}' = @({', '.join(repr(option) for option in found)})" for command, found in known.items())
        lines = [
            "Register-ArgumentCompleter -Native -CommandName cloudpolicy -ScriptBlock {",
            "  param($word, $line, $position)",
            f"  $options = @{{ {table} }}",
            '  $command = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })[0]',
            '  $(if ($options.ContainsKey("$command")) { $options["$command"] } else { $options.Keys }) |',
            '    Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }',
            "}",
        ]
    else:
        cases = "\n".join(f"    {command}) words='{' '.join(found)}' ;;" for command, found in known.items())
        lines = [
            *(["autoload -U +X bashcompinit && bashcompinit"] if given.shell == "zsh" else []),
            "_cloudpolicy() {",
            "  local words word=${COMP_WORDS[COMP_CWORD]}",
            "  case ${COMP_WORDS[1]} in",
            cases,
            f"    *) words='{commands}' ;;",
            "  esac",
            '  if [ "$COMP_CWORD" -eq 1 ]; then words=\'' + commands + "'; fi",
            '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
            '  case $word in -*) ;; *) [ "$COMP_CWORD" -gt 1 ] && COMPREPLY+=($(compgen -f -- "$word")) ;; esac',
            "}",
            "complete -o filenames -F _cloudpolicy cloudpolicy",
        ]
    print("\n".join(lines))
    return 0


def _options(command: str, parser: Parser) -> list[str]:
    own, _ = cli.parser_of(command, parser.language)
    return sorted({option for action in own._actions for option in action.option_strings if option.startswith("--")})
