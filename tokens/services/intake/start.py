"""What a person does with a token to begin with: paste it, tick what it brought, or walk away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tokens.audit import account as actor_of
from tokens.audit import audited
from tokens.errors import InvalidInput, WrongState
from tokens.keys import fingerprint_key
from tokens.models import Account, Start, StartStatus
from tokens.models.intake import KEPT
from tokens.policy.offers import TICKED
from tokens.policy.register import check_value, hint
from tokens.services.entries import Entry, clean_entry, cleaned, refusal
from tokens.services.intake.companies import offers_of, placed_in, take_companies
from tokens.services.intake.plan import plan_of
from tokens.services.intake.sealed import seal_into
from tokens.services.known_values import KnownValues
from tokens.vault.fingerprints import fingerprint


def start_from_token(*, value: str, account: Account, now: datetime) -> Start:
    """Seal the pasted value for the worker, which asks Coolset what it can see.

    Replaces what this account pasted before. Raises InvalidInput or AlreadyKnown for a value that
    cannot be a token, or is stored, waits in a rotation, or was given up.
    """
    value = value.strip()
    cleaned(check_value, value)
    mark = fingerprint(fingerprint_key(), value)
    with transaction.atomic():
        known = KnownValues(now, allow_shared=False)
        known.expect([mark])
        known.claim(mark, None)
        Start.objects.filter(account=account).delete()
        start = Start(
            account=account,
            created_at=now,
            expires_at=now + KEPT,
            wanted_at=now,
            fingerprint=mark,
            hint=hint(value),
        )
        seal_into(start, value.encode("ascii"))
        start.save()
    return start


def ask_again(*, start: Start, now: datetime) -> Start:
    """Ask Coolset once more after an answer that said nothing. Raises WrongState."""
    with transaction.atomic():
        start = _locked(start.pk, now, StartStatus.SILENT)
        start.status, start.wanted_at = StartStatus.ASKING.value, now
        start.save()
    return start


def drop_start(*, start: Start, now: datetime) -> None:
    """Forget the value and what it brought. Raises WrongState while it is being stored."""
    with transaction.atomic():
        row = _locked(start.pk, now)
        if row.status == StartStatus.STORING.value:
            raise WrongState("It is being stored at this moment.")
        row.delete()


def finish_start(
    *, start: Start, ticked: Collection[int], entry: Entry | None, now: datetime
) -> Start:
    """Create or connect the ticked companies (workspace ids); store the token, if `entry` says as
    what (`workspace_id` says where, the value is left out).

    Nothing is created that was not ticked. Raises InvalidInput (`companies`, `workspace_id`, or a
    column of the entry), AlreadyKnown and WrongState.
    """
    with transaction.atomic():
        start = _locked(start.pk, now, StartStatus.ANSWERED)
        offered = {offer.number: offer for offer in offers_of(start)}
        chosen = [offered.get(number) for number in sorted(set(ticked))]
        if any(offer is None or offer.kind not in TICKED for offer in chosen):
            raise InvalidInput("are not those that were offered; look again", field="companies")
        if entry is not None:
            placed, problems = clean_entry(
                placed_in(entry, tuple(offered.values()), set(ticked)), now=now
            )
            if problems:
                raise refusal(problems[0])
            start.plan = plan_of(placed)
        elif not chosen:
            raise InvalidInput("tick what shall be taken over", field="companies")
        with audited(actor=actor_of(start.account), now=now) as trail:
            take_companies([offer for offer in chosen if offer], trail, now)
        _settle(start, now, stores=entry is not None)
    return start


def _settle(start: Start, now: datetime, *, stores: bool) -> None:
    start.problem = ""
    if stores:
        start.status, start.wanted_at = StartStatus.STORING.value, now
    else:
        start.status, start.sealed, start.key_id = StartStatus.DONE.value, None, ""
    start.save()


def _locked(pk: UUID, now: datetime, status: StartStatus | None = None) -> Start:
    rows = Start.objects.select_for_update(of=("self",)).select_related("account")
    row = rows.filter(pk=pk, expires_at__gt=now).first()
    if row is None:
        raise WrongState("This token was forgotten after an hour. Paste it again.")
    if status is not None and row.status != status.value:
        raise WrongState("That was done already, or came too late.")
    return row
