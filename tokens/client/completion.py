"""completion: what bash, zsh and fish need, made of the arguments themselves."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from tokens.client.arguments import PROGRAM, SHELLS, SORTS, WORDS, Parser

_BASH = """_coolset_tokens() {{
  local now=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{commands}"
  else
    case "${{COMP_WORDS[1]}} $before" in
{after}
      *) case "${{COMP_WORDS[1]}}" in
{options}
      esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$now"))
}}
complete -o default -F _coolset_tokens {program}"""
_ZSH = """#compdef {program}
_coolset_tokens() {{
  if (( CURRENT == 2 )); then
    compadd -- {commands}
    return
  fi
  case "$words[2] $words[CURRENT-1]" in
{after}
    *) case "$words[2]" in
{options}
    esac
    [[ "$words[2]" == scan ]] && _files ;;
  esac
}}
compdef _coolset_tokens {program}"""


@dataclass(frozen=True, slots=True)
class Command:
    """`values`: the words that may follow an option (or, under "", the command itself)."""

    name: str
    help: str
    options: tuple[tuple[str, str], ...]
    values: dict[str, tuple[str, ...]]


def commands_of(top: Parser) -> list[Command]:
    """All commands of the parser, with their options."""
    (subparsers,) = (each for each in top._actions if isinstance(each, argparse._SubParsersAction))
    texts = {each.dest: each.help or "" for each in subparsers._choices_actions}
    return [_command(name, texts[name], part) for name, part in subparsers.choices.items()]


def _command(name: str, text: str, part: argparse.ArgumentParser) -> Command:
    actions = [each for each in part._actions if each.option_strings]
    options = tuple((each.option_strings[-1], each.help or "") for each in actions)
    values = {
        each.option_strings[-1]: tuple(WORDS[each.dest]) if each.dest in WORDS else SORTS
        for each in actions
        if each.dest in WORDS or each.dest == "sort"
    }
    return Command(name, text, options, values | ({"": SHELLS} if name == "completion" else {}))


def script(shell: str, top: Parser) -> str:
    """What the shell reads."""
    commands = commands_of(top)
    if shell == "fish":
        return "\n".join(_fish(commands))
    form, line = (_BASH, '      "{}") words="{}" ;;') if shell == "bash" else (
        _ZSH, '      "{}") compadd -- {} ;;',
    )  # fmt: skip
    after = [
        line.format(f"{each.name} {option or each.name}", " ".join(words))
        for each in commands
        for option, words in each.values.items()
    ]
    options = [
        line.format(each.name, " ".join(name for name, _ in each.options)) for each in commands
    ]
    return form.format(
        program=PROGRAM,
        commands=" ".join(each.name for each in commands),
        after="\n".join(after),
        options="\n".join(f"  {each}" for each in options),
    )


def _fish(commands: list[Command]) -> list[str]:
    lines = [f"complete -c {PROGRAM} -f"]
    for each in commands:
        lines.append(
            f"complete -c {PROGRAM} -n __fish_use_subcommand -a {each.name} -d {_quoted(each.help)}"
        )
        here = f"complete -c {PROGRAM} -n '__fish_seen_subcommand_from {each.name}'"
        for name, text in each.options:
            words = each.values.get(name)
            wanted = f" -x -a {_quoted(' '.join(words))}" if words else ""
            lines.append(f"{here} -l {name.removeprefix('--')}{wanted} -d {_quoted(text)}")
        if "" in each.values:
            lines.append(f"{here} -a {_quoted(' '.join(each.values['']))}")
        if each.name == "scan":
            lines.append(f"{here} -F")
    return lines


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
