"""Recording: acts and their entries stand or fall together, in one transaction.

    with audited(actor=actor, now=now) as trail:
        token.save()
        trail.add(Event.TOKEN_EDITED, token, fields=["label"])

Leaving the outermost block writes all its entries at once, last of all, so that the head of the
chain is locked for the shortest time; then the transaction commits. Leaving by an exception writes
nothing. A nested block joins the outer one, as its own savepoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from tokens.audit.actors import Actor
from tokens.audit.chain import moment
from tokens.audit.cleaning import clean_data, clean_text
from tokens.audit.events import Event
from tokens.audit.subjects import Subject, company_of, subject_of
from tokens.audit.writing import Draft, extend
from tokens.models.audit import NAME_LENGTH


@dataclass(slots=True)
class _Pending:
    """What the outermost block of this connection will write."""

    connection: BaseDatabaseWrapper
    drafts: list[Draft] = field(default_factory=list)


_pending: ContextVar[tuple[_Pending, ...]] = ContextVar("audit_pending", default=())


class Trail:
    """Collects the entries of one `audited` block."""

    __slots__ = ("_actor", "_drafts", "_now")

    def __init__(self, actor: Actor, now: datetime, drafts: list[Draft]) -> None:
        self._actor = actor
        self._now = now
        self._drafts: list[Draft] | None = drafts

    def add(
        self,
        event: Event,
        subject: Model | Subject,
        /,
        *,
        company: Model | Subject | None = None,
        **data: object,
    ) -> None:
        """Note one event about `subject`, with the facts that its event declares.

        `company` defaults to the subject's own. Facts are str, int, bool, None, UUID, date, aware
        datetime, or lists of these. Raises UndeclaredFact, ValueError for an unknown event, and
        RuntimeError once the block was left.
        """
        if self._drafts is None:
            raise RuntimeError("this audit trail was already written")
        about = subject_of(subject)
        place = company_of(subject) if company is None else subject_of(company)
        self._drafts.append(self._draft(Event(event), about, place, data))

    def _draft(
        self, event: Event, about: Subject, place: Subject, data: dict[str, object]
    ) -> Draft:
        return Draft(
            at=self._now,
            kind=event.value,
            actor_kind=self._actor.kind,
            actor_name=clean_text(self._actor.name, length=NAME_LENGTH),
            actor_id=clean_text(self._actor.id, length=64),
            subject_type=clean_text(about.type, length=40),
            subject_id=clean_text(about.id, length=64),
            subject_name=clean_text(about.name, length=NAME_LENGTH),
            company_id=clean_text(place.id, length=36),
            company_name=clean_text(place.name, length=NAME_LENGTH),
            data=clean_data(event, data),
        )

    def _close(self) -> None:
        self._drafts = None


@contextmanager
def audited(*, actor: Actor, now: datetime, using: str = DEFAULT_DB_ALIAS) -> Iterator[Trail]:
    """Open a transaction whose entries are written with it, by `actor` at `now` (aware).

    A nested block keeps its own actor and moment. Raises AuditUnavailable on leaving where the
    chain cannot be extended: then nothing of the block happened.
    """
    moment(now)  # refuses a naive one before anything is done
    connection = connections[using]
    outer = _joinable(connection)
    mine = outer or _Pending(connection)
    before = len(mine.drafts)
    trail = Trail(actor, now, mine.drafts)
    reset = _pending.set((*_pending.get(), mine))
    try:
        with transaction.atomic(using=using):
            yield trail
            if outer is None and mine.drafts:
                extend(connection, mine.drafts)
    except BaseException:
        del mine.drafts[before:]
        raise
    finally:
        trail._close()
        _pending.reset(reset)


def _joinable(connection: BaseDatabaseWrapper) -> _Pending | None:
    """The open block of this very connection: contexts are copied to threads, connections not."""
    if not connection.in_atomic_block:
        return None
    return next((p for p in reversed(_pending.get()) if p.connection is connection), None)
