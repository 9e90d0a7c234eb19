"""policy: list them, create, change and remove one, choose one for tokens; each with a preview."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.lookup import token_named
from tokens.models.policies import thresholds_text
from tokens.policy.book import BASE, Book
from tokens.policy.numbers import LIMITS
from tokens.policy.vocabulary import Environment, Scope
from tokens.selectors.policies import listed
from tokens.selectors.policy_preview import Preview, preview
from tokens.services.assign_policy import assign_policy
from tokens.services.change_policy import edit_policy
from tokens.services.create_policy import create_policy
from tokens.services.policy_in_force import rules_in_force
from tokens.services.propose_policy import policy_in, proposal_of, words_of
from tokens.services.remove_policy import remove_policy


class Command(OurCommand):
    help = (
        "Policies: how soon tokens are to be rotated, by company, integration, environment, scope."
    )

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, parser_class=type(parser))
        _parser(acts, "list", "all policies, the most specific first")
        created = _parser(acts, "create", "a policy for a part of the inventory")
        created.add_argument("name", metavar="NAME")
        changed = _parser(acts, "change", "another name, place or number; 1 is the base policy")
        changed.add_argument("id", metavar="ID", type=int)
        changed.add_argument("--name", default=SUPPRESS)
        removed = _parser(acts, "remove", "its tokens go by the next most specific policy")
        removed.add_argument("id", metavar="ID", type=int)
        for each in (created, changed, removed):
            each.add_argument("--preview", action="store_true", help="only say what would follow")
        for each in (created, changed):
            _place_and_numbers(each)
        chosen = _parser(acts, "choose", "choose a policy for tokens by hand")
        chosen.add_argument("tokens", metavar="TOKEN", nargs="+", help="ids of tokens")
        which = chosen.add_mutually_exclusive_group(required=True)
        which.add_argument("--policy", metavar="ID", type=int)
        which.add_argument("--by-place", action="store_true", help="by their place again")

    def run(self, **options: Any) -> int:
        book = rules_in_force()
        if options["act"] == "list":
            self._list(book)
        elif options["act"] == "choose":
            self._choose(book, options)
        elif options["act"] == "remove":
            self._remove(book, options)
        else:
            self._save(book, options)
        return DONE

    def _list(self, book: Book) -> None:
        rows = [_record(one) for one in listed(book)]
        lines = [
            f"{row['id']}  {row['name'] or 'Base policy'}: {row['applies_to']}, rotate every "
            f"{row['rotate_days']} days, {_tokens(row['tokens'])}"
            for row in rows
        ]
        self.emit({"policies": rows}, "\n".join(lines))

    def _save(self, book: Book, options: dict[str, Any]) -> None:
        present = None
        if options["act"] == "change" and (present := policy_in(book, options["id"])) is None:
            raise InvalidInput("is not known", field="ID")
        proposal = proposal_of(options, options.get("thresholds"), book, present)
        if options["preview"]:
            self._preview(preview(book, book.with_proposal(proposal), proposal.id, timezone.now()))
            return
        save = edit_policy if present else create_policy
        row = save(proposal=proposal, actor=self.actor, now=timezone.now())
        found = next(one for one in listed(rules_in_force()) if one.policy.id == row.pk)
        record = _record(found)
        self.emit(record, f"In force: {row.pk}. It applies to {_tokens(found.tokens)}.")

    def _remove(self, book: Book, options: dict[str, Any]) -> None:
        number = options["id"]
        if policy_in(book, number) is None:
            raise InvalidInput("is not known", field="ID")
        if options["preview"] and number != BASE:
            self._preview(preview(book, book.without(number), number, timezone.now()))
            return
        tokens = remove_policy(policy_id=number, actor=self.actor, now=timezone.now())
        self.emit({"id": number, "tokens": tokens}, f"Removed. It applied to {_tokens(tokens)}.")

    def _choose(self, book: Book, options: dict[str, Any]) -> None:
        policy = None if options["by_place"] else options["policy"]
        if policy is not None and policy_in(book, policy) is None:
            raise InvalidInput("is not known", field="--policy")
        ids = [token_named(text, field="TOKEN").pk for text in options["tokens"]]
        changed = assign_policy(token_ids=ids, policy=policy, actor=self.actor, now=timezone.now())
        self.emit({"changed": changed}, f"Changed: {_tokens(changed)}.")

    def _preview(self, found: Preview) -> None:
        effects = {one.flag: {"before": one.before, "after": one.after} for one in found.effects}
        lines = [f"{one.flag}: {one.before} now, {one.after} then" for one in found.effects]
        self.emit(
            {"applied": found.applied, "applies": found.applies, "effects": effects},
            "\n".join(
                [
                    f"It applies to {_tokens(found.applied)} now and would to {found.applies}.",
                    *lines,
                ]
            ),
        )


def _parser(acts: Any, name: str, help_text: str) -> CommandParser:
    """One act; `--json` may stand behind it, too."""
    made: CommandParser = acts.add_parser(name, help=help_text)
    made.add_argument("--json", action="store_true", default=SUPPRESS)
    return made


def _place_and_numbers(parser: CommandParser) -> None:
    for name in ("company", "integration"):
        parser.add_argument(f"--{name}", default=SUPPRESS, help="by name; empty: any")
    for name, words in (("environment", Environment), ("scope", Scope)):
        choices = ["", *(word.value for word in words)]
        parser.add_argument(f"--{name}", default=SUPPRESS, choices=choices)
    for name in LIMITS:
        parser.add_argument(f"--{name.replace('_', '-')}", default=SUPPRESS, type=int, metavar="N")
    parser.add_argument("--thresholds", metavar="DAYS", help='such as "14, 7, 1, 0"')


def _tokens(number: int) -> str:
    return f"{number} token{'' if number == 1 else 's'}"


def _record(one: Any) -> dict[str, Any]:
    return {
        "id": one.policy.id,
        **words_of(one.policy),
        "applies_to": one.about,
        **{name: getattr(one.policy.rules, name) for name in LIMITS},
        "thresholds": thresholds_text(one.policy.rules.thresholds),
        "tokens": one.tokens,
    }
