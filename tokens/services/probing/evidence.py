"""What an answer says beside whether the token works: who else used it, and whose it is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from tokens.coolset.outcomes import Answer
from tokens.models import Secret, Usage
from tokens.models.bulk import among, update_each
from tokens.policy.days import utc_day
from tokens.policy.usage import foreign_calls, headers_live_until, own_calls, prune
from tokens.policy.vocabulary import EvidenceSource, Outcome
from tokens.services.probing.asking import Result

#: A 401 is about a token that counts no calls; the others are answered to the token itself.
SPEAKS_OF_USE = frozenset({Outcome.VALID, Outcome.FORBIDDEN, Outcome.THROTTLED})


def count_own_calls(secret: Secret, result: Result) -> None:
    """Remember what we asked, answered or not; older than the window is forgotten."""
    begun = result.answer.begun_at.timestamp()
    secret.own_calls = prune([*secret.own_calls, *[begun] * result.calls], begun)


class UsageRecorder:
    """Takes in the rate-limit headers of one batch; `write` stores the maps it touched."""

    def __init__(self, secret_ids: Sequence[uuid.UUID]) -> None:
        stored = Usage.objects.filter(
            secret__in=among(secret_ids), source=EvidenceSource.HEADERS.value
        ).select_for_update()
        self._known = {usage.secret_id: usage for usage in stored}
        self._changed: list[Usage] = []
        self._new: list[Usage] = []

    def take(self, secret: Secret, answer: Answer) -> None:
        """Call after `count_own_calls`: the probe that brought the answer explains itself."""
        if answer.outcome not in SPEAKS_OF_USE:
            return
        foreign = foreign_calls(
            answer.headers, own_calls(secret.own_calls, answer.begun_at.timestamp())
        )
        if foreign is None:
            return
        usage = self._usage(secret)
        hours, days = usage.maps()
        hours = hours.mark(answer.at, foreign > 0)
        usage.keep(hours, days.mark(utc_day(answer.at), foreign > 0))
        secret.headers_live_until = headers_live_until(hours)
        if foreign > 0:
            usage.first_seen_at = usage.first_seen_at or answer.at
            usage.last_seen_at = answer.at
            if secret.last_used_at is None or secret.last_used_at <= answer.at:
                secret.last_used_at = answer.at
                secret.last_used_evidence = EvidenceSource.HEADERS.value

    def _usage(self, secret: Secret) -> Usage:
        usage = self._known.get(secret.pk)
        if usage is None:
            usage = Usage(secret=secret, source=EvidenceSource.HEADERS.value)
            self._known[secret.pk] = usage
            self._new.append(usage)
        else:
            self._changed.append(usage)
        return usage

    def write(self) -> None:
        Usage.objects.bulk_create(self._new)
        update_each(
            Usage,
            self._changed,
            ["first_seen_at", "last_seen_at", *Usage.MAPS],
        )


def take_company_evidence(secret: Secret, result: Result) -> bool:
    """Keep whose token the API says it is. True where that changed."""
    before = (secret.seen_workspace_id, secret.listed_workspace_ids)
    said = result.answer.evidence
    if result.answer.outcome is Outcome.VALID and said is not None:
        secret.seen_workspace_id = said.workspace_id
        secret.account_email = (said.account_email or "")[:254]
    if result.workspaces is not None:
        secret.workspaces_asked_at = result.answer.at
        if result.workspaces.ids is not None:
            secret.listed_workspace_ids = sorted(result.workspaces.ids)
    return before != (secret.seen_workspace_id, secret.listed_workspace_ids)
