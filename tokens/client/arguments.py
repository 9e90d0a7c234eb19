"""The arguments. None of them is a key or a value, and no message repeats what was typed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NoReturn

from tokens.client.settings import KEY, KEY_FILE, URL
from tokens.client.trouble import BAD_INPUT
from tokens.policy.fields import has_prefixed_token
from tokens.policy.register import SHORTEST
from tokens.policy.vocabulary import Environment, Flag, Health, Scope, State

PROGRAM = "coolset-tokens"
SHELLS = ("bash", "zsh", "fish")
SORTS = ("due", "integration", "company", "age", "health", "last_used", "stored")
WORDS: dict[str, type[StrEnum]] = {
    "environment": Environment,
    "scope": Scope,
    "state": State,
    "health": Health,
    "flag": Flag,
}
#: What may be asked of `list`, under the API's names; each may be given several times.
FILTERS = ("company", "integration", "owner", *WORDS, "policy")
#: The fields of a new token but for its value, under the API's names.
FIELDS = {
    "company": "name; required",
    "workspace_id": "Coolset's number of the company",
    "integration": "name; required",
    "environment": "production or development; required",
    "scope": "read, write or admin; required",
    "label": "tells tokens of the same place apart",
    "owner_email": "who is reminded",
    "created_by_email": "the Coolset user who generated it",
    "issued_at": "the day on which it was generated, as 2026-09-01",
    "where": "where the integration reads it, and what to restart",
    "runbook_url": "an http or https address",
}
REQUIRED = frozenset({"company", "integration", "environment", "scope"})
_EPILOG = (
    f"The server's address stands in {URL}, the key in {KEY} or the file that {KEY_FILE} names."
    " Exit 0: done; 1: left undone; 2: bad usage or input."
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong without the words that were typed: one of them may be a token."""

    def error(self, message: str) -> NoReturn:
        for word in sorted(sys.argv[1:], key=len, reverse=True):
            for part in (word, word.partition("=")[2]):
                if len(part) >= SHORTEST and not _is_option(part):
                    message = message.replace(repr(part)[1:-1], "…").replace(part, "…")
        self.exit(BAD_INPUT, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def _is_option(word: str) -> bool:
    name = word.removeprefix("--")
    return name != word and name.replace("-", "").isalpha() and name.islower()


def holds_secret(words: Sequence[str]) -> bool:
    """Whether an argument is a token or a key. A path of `scan` may be named after one."""
    return words[:1] != ["scan"] and any(has_prefixed_token(word) for word in words)


def parser() -> Parser:
    """All commands with their options."""
    top = Parser(
        prog=PROGRAM, allow_abbrev=False, epilog=_EPILOG,
        description="Tokens of Coolset as your governance product knows them, from a shell.",
    )  # fmt: skip
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str) -> Parser:
        found: Parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        found.add_argument("--json", action="store_true", help="one JSON object on the last line")
        return found

    _reading(add)
    _acting(add)
    scan = add("scan", "Find tokens in files and folders, and ask whose they are.")
    scan.add_argument("paths", nargs="+", metavar="PATH", help="files and folders; - reads input")
    scan.add_argument("--git", action="store_true", help="also all that repositories ever held")
    scan.add_argument("--offline", action="store_true", help="by shape alone; send nothing")
    completion = add("completion", "Print what a shell needs to complete this command.")
    completion.add_argument("shell", choices=SHELLS)
    return top


def _reading(add: Callable[[str, str], Parser]) -> None:
    listing = add("list", "List tokens; several filters mean all of them.")
    listing.add_argument("--q", metavar="TEXT", help="search; never for a whole token")
    for name in FILTERS:
        words = f": {', '.join(WORDS[name])}" if name in WORDS and name != "flag" else ""
        listing.add_argument(
            f"--{name}", action="append", default=[], metavar="WORD", help=f"may be repeated{words}"
        )
    sorts = f"{', '.join(SORTS)}; --sort=-due turns it around"
    listing.add_argument("--sort", metavar="WORD", help=sorts)
    _of_one(add("show", "Show one token, without its value."))
    add("companies", "List companies.")
    add("integrations", "List integrations.")


def _of_one(command: Parser) -> Parser:
    command.add_argument("id", metavar="ID", help="the token's id, from `list` or its page")
    return command


def _acting(add: Callable[[str, str], Parser]) -> None:
    new = add("add", "Store a token. Its value comes on standard input, or is asked for.")
    for name, text in FIELDS.items():
        new.add_argument(_option(name), required=name in REQUIRED, metavar="TEXT", help=text)
    new.add_argument("--not-held", action="store_true", help="nobody has the value any more")
    new.add_argument("--allow-shared", action="store_true", help="it may be stored already")
    new.add_argument("--idempotency-key", metavar="TEXT", help="sent again with it, stored once")
    revoke = _of_one(add("revoke", "Record that a token was revoked in Coolset."))
    revoke.add_argument("--reason", required=True, metavar="TEXT")
    revoke.add_argument("--by", required=True, metavar="EMAIL", help="who revoked it in Coolset")
    revoke.add_argument("--at", metavar="MOMENT", help="when, ISO 8601; default: now")
    revoke.add_argument("--yes", action="store_true", help="do not ask")
    _of_one(add("rotate", "Say where a token is rotated: on its page."))
    use = _of_one(add("report-use", "Report that an integration used its token (usage key)."))
    use.add_argument("--seen-at", metavar="MOMENT", help="when, ISO 8601; default: now")
    use.add_argument("--address", metavar="HOST", help="from where; personal data")
    use.add_argument("--user-agent", metavar="TEXT", help="by what program")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def given(options: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """What was given of these, under the API's names."""
    found = {name: getattr(options, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}
