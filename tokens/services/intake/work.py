"""The worker's part of an import: look at the rows, and store them once a person said so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import Q

from tokens.audit import account as actor_of
from tokens.audit import audited
from tokens.errors import DomainError, VaultError
from tokens.models import DraftStatus, ImportDraft
from tokens.models.base import new_id
from tokens.policy.roles import Permission
from tokens.services.csv_table import ImportRefused
from tokens.services.import_csv import Progress, import_csv
from tokens.services.intake.found import look_at
from tokens.services.intake.sealed import opened

log = structlog.get_logger(__name__)

#: A dead worker's file is taken again after this; ten thousand rows take seconds.
CLAIM = timedelta(minutes=4)
UNREADABLE = "Our own copy of the file cannot be opened any more. Choose the file again."
NOT_ALLOWED = "The account that brought this file may not store tokens any more."
_STATES = (DraftStatus.READING.value, DraftStatus.STORING.value)


class _Overtaken(Exception):
    """Somebody changed the draft, or another worker has it: what was done here does not count."""


def work_on_imports(*, clock: Callable[[], datetime]) -> int:
    """Take up every draft that waits for the worker, one after another; returns how many."""
    done = 0
    while (draft := _claim(clock())) is not None:
        try:
            _work(draft, clock)
        except _Overtaken:
            log.info("import.overtaken", draft=str(draft.pk))
        done += 1
    return done


def _claim(now: datetime) -> ImportDraft | None:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = ImportDraft.objects.filter(
        free, status__in=_STATES, wanted_at__lte=now, expires_at__gt=now
    )
    for pk, wanted_at in waiting.order_by("wanted_at").values_list("pk", "wanted_at"):
        claim = new_id()
        taken = ImportDraft.objects.filter(free, pk=pk, wanted_at=wanted_at).update(
            claim=claim, claimed_until=now + CLAIM
        )
        if taken:
            return ImportDraft.objects.select_related("account").get(pk=pk)
    return None


def _work(draft: ImportDraft, clock: Callable[[], datetime]) -> None:
    try:
        data = opened(draft)
    except VaultError:
        _settle(draft, DraftStatus.REFUSED, problem=UNREADABLE, sealed=None, key_id="")
        return
    if draft.status == DraftStatus.READING.value:
        _read(draft, data, clock())
    else:
        _store(draft, data, clock())


def _read(draft: ImportDraft, data: bytes, now: datetime) -> None:
    found = look_at(
        data=data,
        mapping=draft.mapping,
        allow_shared=draft.allow_shared,
        actor=actor_of(draft.account),
        now=now,
        reach=draft.account.rights.reach(Permission.REGISTER),
        progress=_progress(draft.pk, draft.claim),
    )
    fine = bool(found["rows"]) and not found["errors"]
    status = DraftStatus.READY if fine else DraftStatus.REFUSED
    _settle(draft, status, found=found, rows=len(found["rows"]))


def _store(draft: ImportDraft, data: bytes, now: datetime) -> None:
    """The rows and the end of the draft stand or fall together, so that nothing is stored twice."""
    if not (draft.account.is_active and draft.account.rights.allows(Permission.REGISTER)):
        _settle(draft, DraftStatus.REFUSED, problem=NOT_ALLOWED)
        return
    actor = actor_of(draft.account)
    try:
        with audited(actor=actor, now=now):
            result = import_csv(
                source=data,
                dry_run=False,
                allow_shared=draft.allow_shared,
                actor=actor,
                now=now,
                mapping=draft.mapping,
                reach=draft.account.rights.reach(Permission.REGISTER),
            )
            new = {
                "companies": result.companies,
                "integrations": result.integrations,
                "people": result.people,
            }
            _settle(
                draft,
                DraftStatus.DONE,
                found={"new": new},
                rows=result.created,
                rows_done=result.created,
                sealed=None,
                key_id="",
            )
    except ImportRefused as refused:
        errors = [[error.line, error.column, error.reason] for error in refused.errors]
        found = {"rows": [], "errors": errors, "more": refused.more, "new": {}}
        _settle(draft, DraftStatus.REFUSED, found=found, problem=refused.message)
    except DomainError as error:
        _settle(draft, DraftStatus.REFUSED, problem=error.message)


def _settle(draft: ImportDraft, status: DraftStatus, **changes: object) -> None:
    """Give the draft back to its person, unless it is no longer ours. Raises _Overtaken."""
    mine = ImportDraft.objects.filter(pk=draft.pk, claim=draft.claim)
    given_back = {"wanted_at": None, "claim": None, "claimed_until": None}
    if not mine.update(status=status.value, **given_back, **changes):
        raise _Overtaken


def _progress(pk: UUID, claim: UUID | None) -> Progress:
    def moved(done: int, total: int) -> None:
        ImportDraft.objects.filter(pk=pk, claim=claim).update(rows=total, rows_done=done)

    return moved
