"""Putting tokens into the inventory, one or ten thousand at once, by one set of rules.

Source of the rules: shared/interfaces.md, "Import CSV" and "One secret, several rows".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError

from tokens.audit import Event, Trail
from tokens.errors import WrongState
from tokens.keys import fingerprint_key, public_key
from tokens.models import Secret, Token
from tokens.models.base import new_id
from tokens.policy.days import due_at
from tokens.policy.register import hint
from tokens.policy.roles import EVERYTHING, Reach
from tokens.services.compromise import bring_forward
from tokens.services.directory import Directory
from tokens.services.entries import Entry, clean_entry, refusal
from tokens.services.intake.asked_before import count_earlier_calls
from tokens.services.known_values import KnownValues
from tokens.services.mismatches import refresh_mismatches, refresh_mismatches_of
from tokens.services.places import Places
from tokens.services.policy_in_force import choice_for, rules_in_force
from tokens.services.sharing import refresh_sharing
from tokens.vault.binding import Binding
from tokens.vault.fingerprints import fingerprint
from tokens.vault.sealing import seal

__all__ = ["Entry", "Registrar"]


class Registrar:
    """Takes entries and stores them as tokens; use it inside one `audited` block.

    `expect` looks everything up in bulk beforehand and is optional; `add` decides on one entry;
    `finish` writes all of them. Nothing is written before `finish`. Out of `reach` there is no
    company to store for, new ones neither, and nothing of what is there is used, named or shared.
    """

    def __init__(
        self,
        *,
        trail: Trail,
        now: datetime,
        allow_shared: bool = False,
        event: Event = Event.TOKEN_REGISTERED,
        reach: Reach = EVERYTHING,
    ) -> None:
        self._trail, self._now, self._event = trail, now, event
        self._book = rules_in_force()
        self._public, self._fingerprint_key = public_key(), fingerprint_key()
        self._directory = Directory(trail, now, reach)
        self._values = KnownValues(now, allow_shared=allow_shared, reach=reach)
        self._places = Places()
        self._added: list[tuple[Token, Entry]] = []

    def expect(self, entries: Sequence[Entry]) -> None:
        """Look up what these (clean) entries name."""
        self._directory.expect(entries)
        self._values.expect(
            fingerprint(self._fingerprint_key, e.value) for e in entries if e.value is not None
        )
        self._places.expect(self._directory.pairs(entries))

    def add(self, entry: Entry) -> Token:
        """Decide on one entry. Raises InvalidInput or AlreadyKnown with the column as `field`."""
        entry, problems = clean_entry(entry, now=self._now)
        if problems:
            raise refusal(problems[0])
        return self.add_clean(entry)

    def add_clean(self, entry: Entry) -> Token:
        """As `add`, for an entry that `clean_entry` returned without problems."""
        self.expect([entry])
        token = self._place(entry)
        value = None if entry.value is None else fingerprint(self._fingerprint_key, entry.value)
        token.secret = self._values.claim(value, entry.line)
        self._places.take(token, entry.line)
        self._seal(token, entry.value)
        self._added.append((token, entry))
        return token

    def _place(self, entry: Entry) -> Token:
        token = Token(
            id=new_id(),
            company=self._directory.company(entry.company_name, entry.workspace_id),
            integration=self._directory.integration(entry.integration_name),
            environment=entry.environment,
            scope=entry.scope,
            label=entry.label,
            owner=self._directory.person(entry.owner_email),
            created_by=self._directory.person(entry.created_by_email),
            issued_at=entry.issued_at,
            stored_at=self._now,
            where=entry.where,
            runbook_url=entry.runbook_url,
        )
        choice = choice_for(token, self._book)
        token.policy_id = choice.policy
        token.due_at = due_at(issued_at=entry.issued_at, stored_at=self._now, rules=choice.rules)
        return token

    def _seal(self, token: Token, value: str | None) -> None:
        if value is None:
            return
        binding = Binding(token.company_id, token.integration_id, token.environment, token.id)
        sealed = seal(self._public, value.encode("ascii"), binding)
        token.sealed, token.key_id, token.hint = sealed.ciphertext, sealed.key_id, hint(value)

    def finish(self) -> None:
        """Write everything with its audit entries. Raises WrongState if somebody was faster."""
        count_earlier_calls(self._values.new)
        try:
            self._directory.write()
            Secret.objects.bulk_create(self._values.new)
            Token.objects.bulk_create(token for token, _ in self._added)
        except IntegrityError:
            # Another process stored the same value, place or name since we looked.
            raise WrongState(
                "Somebody stored the same at this very moment. Nothing was stored: try again."
            ) from None
        joined = [secret.pk for secret in self._values.joined]
        refresh_sharing(joined)
        refresh_mismatches(joined)
        bring_forward(joined)
        for company in self._directory.recognised:
            refresh_mismatches_of(company)
        for token, entry in self._added:
            self._trail.add(self._event, token, company=token.company, **_facts(token, entry))

    @property
    def added(self) -> Sequence[tuple[Token, Entry]]:
        """What was decided on so far, each with the entry that it came from."""
        return self._added

    @property
    def created(self) -> dict[str, int]:
        """How many companies, integrations and people are new."""
        return self._directory.created


def _facts(token: Token, entry: Entry) -> dict[str, object]:
    facts = {
        "environment": token.environment,
        "scope": token.scope,
        "label": token.label,
        "owner": entry.owner_email,
        "created_by": entry.created_by_email,
        "issued_at": token.issued_at,
        "due_at": token.due_at,
        "held": token.secret.is_held,
        "hint": token.hint,
    }
    return facts if entry.line is None else {**facts, "line": entry.line}
