"""The worker stores a pasted token where a person said: opened, and sealed anew for its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from tokens.audit import account as actor_of
from tokens.audit import audited
from tokens.errors import DomainError, VaultError
from tokens.models import Secret, Start, StartStatus, Token
from tokens.policy.roles import Permission
from tokens.services.intake.asked_before import together
from tokens.services.intake.plan import entry_of
from tokens.services.intake.sealed import opened
from tokens.services.register import register_token

UNREADABLE = "Our own copy of the value cannot be opened any more. Paste it again."
NOT_ALLOWED = "The account that pasted it may not store tokens any more."


def store_starts(*, clock: Callable[[], datetime]) -> int:
    """Store every value whose place a person confirmed; returns how many were taken up."""
    now = clock()
    waiting = Start.objects.filter(
        status=StartStatus.STORING.value, wanted_at__lte=now, expires_at__gt=now
    )
    ids = list(waiting.order_by("wanted_at").values_list("pk", flat=True))
    for pk in ids:
        _store(pk, now)
    return len(ids)


def _store(pk: UUID, now: datetime) -> None:
    """The token and the end of the start stand or fall together; a fault goes back to the person,
    with its words."""
    start = Start.objects.select_related("account").filter(pk=pk).first()
    if start is None:
        return
    problem = ""
    try:
        with audited(actor=actor_of(start.account), now=now):
            row = _locked(pk)
            if row is not None:
                _register(row, start, now)
    except DomainError as error:
        problem = f"{error.field} {error.message}".strip()
    except VaultError:
        problem = UNREADABLE
    if problem:
        storing = Start.objects.filter(pk=pk, status=StartStatus.STORING.value)
        storing.update(status=StartStatus.ANSWERED.value, wanted_at=None, problem=problem[:300])


def _locked(pk: UUID) -> Start | None:
    rows = Start.objects.select_for_update(skip_locked=True)
    return rows.filter(pk=pk, status=StartStatus.STORING.value).first()


def _register(row: Start, start: Start, now: datetime) -> None:
    account = start.account
    if not (account.is_active and account.rights.allows(Permission.REGISTER)):
        raise DomainError(NOT_ALLOWED)
    entry = entry_of(row.plan, opened(row).decode("ascii"))
    token = register_token(
        entry=entry,
        allow_shared=False,
        actor=actor_of(account),
        now=now,
        reach=account.rights.reach(Permission.REGISTER),
    )
    take_over_calls(token, row.own_calls, now)
    row.status, row.token_id = StartStatus.DONE.value, token.pk
    row.sealed, row.key_id, row.wanted_at = None, "", None
    row.save()


def take_over_calls(token: Token, own_calls: list[float], now: datetime) -> None:
    """What was asked of this value already is ours: it must not look like somebody else's use."""
    Secret.objects.filter(pk=token.secret_id).update(
        own_calls=together(token.secret.own_calls, own_calls), workspaces_asked_at=now
    )
