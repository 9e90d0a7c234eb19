"""Planning the reminders of replaced tokens that are still in force.

A part of `remind`, in its transaction: what it decides goes on the same mails.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tokens.models import Notice, NoticeKind, NoticeStatus, Token
from tokens.notifications.ledger import Decision, Told
from tokens.notifications.overseers import Overseers
from tokens.notifications.to_revoke import decide_to_revoke, occasion_of
from tokens.policy.book import Book
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks

NOT_REVOKED = NoticeKind.NOT_REVOKED.value
REPLACED = State.REPLACED.value

#: Takes a token, the occasion and what to do.
Take = Callable[[Token, str, Decision], None]


def decide_about_replaced(take: Take, overseers: Overseers, book: Book, now: datetime) -> None:
    """Look at the replaced tokens whose time has come, and at those that are still waited for."""
    for ids in chunks(_to_look_at(now)):
        told = _told(ids)
        tokens = Token.objects.filter(pk__in=ids).select_related("owner")
        for token in tokens.only(
            "state",
            "replaced_at",
            "remind_at",
            "company",
            "policy",
            "owner__email",
            "excepted_words",
        ):
            rules = book.of(token.policy_id)
            above = overseers.of(token.company_id)
            decision = decide_to_revoke(token, told.get(token.pk, ()), above, rules, now)
            take(token, occasion_of(token, rules), decision)


def _to_look_at(now: datetime) -> list[UUID]:
    replaced = Token.objects.filter(state=REPLACED, replaced_at__isnull=False)
    waiting = Notice.objects.filter(kind=NOT_REVOKED, status=NoticeStatus.QUEUED.value)
    # One statement of three parts, each with an index behind it.
    fresh = replaced.filter(remind_at__isnull=True).values_list("pk", flat=True)
    come = replaced.filter(remind_at__lte=now).values_list("pk", flat=True)
    told = waiting.exclude(token=None).values_list("token_id", flat=True)
    return sorted(fresh.union(come, told))


def _told(ids: Sequence[UUID]) -> Mapping[UUID, list[Told]]:
    rows = Notice.objects.filter(kind=NOT_REVOKED, token_id__in=ids).values_list(
        "token_id", "id", "occasion", "threshold", "recipient", "status", "mail__status"
    )
    by_token: dict[UUID, list[Told]] = defaultdict(list)
    for token_id, *told in rows:
        by_token[token_id].append(Told(*told))
    return by_token
