"""Destroy the stored values of a company: nothing in this database opens to them any more.

The rows stay, with their story and their fingerprints, so that a value that turns up is still
recognised. Nothing is revoked by it, and backups keep what they hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput
from tokens.models import OPEN_ROTATION, Company, Rotation, RotationStatus, Secret, Token
from tokens.policy.days import utc_day
from tokens.policy.fields import Invalid, clean_email, clean_text
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks
from tokens.services.rotation.decide import settle

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Erased:
    """`in_force`: of the tokens erased, those that nobody recorded as revoked. `shared`: tokens of
    the company left alone, because another company's token is the same value."""

    tokens: int
    rotations: int
    in_force: int
    shared: tuple[Token, ...]


def erase_company(
    *,
    company: Company,
    reason: str,
    by: str,
    backups_expire: date,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
) -> Erased:
    """`backups_expire`: the UTC day on which the last backup made before now is gone; only who
    runs the product knows it, and the trail keeps it. A `dry_run` changes nothing.

    Raises InvalidInput (fields `reason`, `by`, `backups_expire`).
    """
    reason, by = _clean(reason, by, backups_expire, utc_day(now))
    said: dict[str, object] = {"reason": reason, "by": by, "backups_expire": backups_expire}
    with audited(actor=actor, now=now) as trail:
        # The order of locks is that of a rotation that ends: itself, then values, then tokens.
        rotations = list(_rotations(company).select_for_update(of=("self",)).order_by("pk"))
        held = Secret.objects.filter(tokens__company=company, tokens__sealed__isnull=False)
        ids = list(
            Secret.objects.filter(pk__in=held.values("pk"))
            .select_for_update()
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        rows = list(_rows().filter(secret_id__in=ids))
        elsewhere = {row.secret_id for row in rows if row.company_id != company.pk}
        gone = [row for row in rows if row.secret_id not in elsewhere]
        shared = [
            row for row in rows if row.secret_id in elsewhere and row.company_id == company.pk
        ]
        found = Erased(
            len(gone),
            len(rotations),
            sum(row.state != State.REVOKED.value for row in gone),
            tuple(shared),
        )
        if not dry_run:
            _forget_waiting(rotations, said, trail, now)
            _destroy(gone, said, trail, now)
            _note(company, found, said, trail)
    return found


def _clean(reason: str, by: str, backups_expire: date, today: date) -> tuple[str, str]:
    try:
        reason = clean_text(reason, "reason", REASON_LENGTH, required=True)
        by = clean_email(by, "by")
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    if not by:
        raise InvalidInput("is required", field="by")
    if backups_expire < today:
        raise InvalidInput("is over: today, if there is no backup", field="backups_expire")
    return reason, by


def _rows() -> QuerySet[Token]:
    """All that are still sealed, in a steady order, locked so that no reseal brings one back."""
    sealed = Token.objects.filter(sealed__isnull=False).select_related("company", "integration")
    return sealed.select_for_update(of=("self",)).order_by("pk")


def _rotations(company: Company) -> QuerySet[Rotation]:
    """Those under way that hold a new value."""
    under_way = Rotation.objects.filter(status__in=OPEN_ROTATION, sealed__isnull=False)
    return under_way.filter(token__company=company).select_related(
        "token__company", "token__integration"
    )


def _forget_waiting(
    rotations: Sequence[Rotation], said: dict[str, object], trail: Trail, now: datetime
) -> None:
    for rotation in rotations:
        settle(rotation, RotationStatus.CANCELLED, now)
        trail.add(
            Event.ROTATION_CANCELLED,
            rotation.token,
            company=rotation.token.company,
            old_token=rotation.token_id,
            new_token=rotation.new_token_id,
            reason=said["reason"],
            by=said["by"],
        )


def _destroy(rows: Sequence[Token], said: dict[str, object], trail: Trail, now: datetime) -> None:
    """A check under way loses its claim, so its answer comes too late to plan another one."""
    count = Counter(row.secret_id for row in rows)
    for ids in chunks([row.pk for row in rows]):
        Token.objects.filter(pk__in=ids).update(sealed=None, key_id="")
    for ids in chunks(list(count)):
        Secret.objects.filter(pk__in=ids).update(
            destroyed_at=now, next_check_at=None, claim=None, claimed_until=None
        )
    for row in rows:
        trail.add(
            Event.CIPHERTEXT_DESTROYED,
            row,
            company=row.company,
            key_id=row.key_id,
            rows=count[row.secret_id],
            **said,
        )


def _note(company: Company, found: Erased, said: dict[str, object], trail: Trail) -> None:
    trail.add(
        Event.COMPANY_ERASED,
        company,
        company=company,
        count=found.tokens,
        rotations=found.rotations,
        shared=[str(row.pk) for row in found.shared],
        **said,
    )
