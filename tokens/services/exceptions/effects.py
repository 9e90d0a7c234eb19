"""What approved exceptions of one token silence, as rows that the flags' queries read."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tokens.models import ExceptedFlag, PolicyException, Token
from tokens.models.excepted import write_excepted
from tokens.policy.exceptions import Decision


def locked(exception: PolicyException) -> PolicyException:
    """The row as it is now, with its token's; both stay locked until the transaction ends."""
    Token.objects.select_for_update().get(pk=exception.token_id)
    rows = PolicyException.objects.select_for_update(of=("self",))
    related = rows.select_related("token__company", "token__integration", "token__owner")
    return related.get(pk=exception.pk)


def settle_effects(token_id: UUID) -> None:
    """Write anew what is silenced and until when: of several that name a flag, the latest end.

    The caller's transaction. Reminders are looked at again, since they may fall silent or return.
    """
    until: dict[str, date] = {}
    approved = PolicyException.objects.filter(
        token_id=token_id, decision=Decision.APPROVED.value, closed_at__isnull=True
    )
    for flags, ends_on in approved.values_list("flags", "ends_on"):
        for flag in flags:
            until[flag] = max(ends_on, until.get(flag, ends_on))
    ExceptedFlag.objects.filter(token_id=token_id).delete()
    ExceptedFlag.objects.bulk_create(
        ExceptedFlag(token_id=token_id, flag=flag, until=day) for flag, day in sorted(until.items())
    )
    words = write_excepted(until)
    Token.objects.filter(pk=token_id).update(excepted_words=words, remind_at=None)
