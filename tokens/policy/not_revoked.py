"""Reminders to revoke what was replaced: from the end of the overlap on, weekly, until it is done.

Source: shared/interfaces.md, "Rotation" (flagged after the policy's overlap), and issue 3. A
replaced token that should be gone is due like any other: its due day is the day on which the
overlap ended, its thresholds are 0, -7, -14, … days left, fixed to that day. So the rules of
reminders, and the exactness that they are tested for, hold here too.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tokens.policy.reminders import ReminderFacts
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import State

_THRESHOLDS = (0,)


def revoke_by(replaced_at: datetime, rules: Rules) -> datetime:
    """The end of the overlap: until then a replaced token may stay in force."""
    return replaced_at + timedelta(days=rules.overlap_days)


def is_late(state: State, replaced_at: datetime | None, rules: Rules, now: datetime) -> bool:
    """Whether it is flagged `not_revoked`."""
    return (
        state is State.REPLACED and replaced_at is not None and now > revoke_by(replaced_at, rules)
    )


def as_reminder(
    *,
    state: State,
    replaced_at: datetime,
    owner: str | None,
    rules: Rules,
    now: datetime,
) -> tuple[ReminderFacts, Rules]:
    """What the rules of reminders need, so that they say when it is told and to whom.

    Its owner and the administrators are told from the first time on, which is what failing means
    there. Before the moment at which the overlap ends, and once it is revoked, nothing is due.
    """
    facts = ReminderFacts(
        state=State.ACTIVE if is_late(state, replaced_at, rules, now) else State.REPLACED,
        due_at=revoke_by(replaced_at, rules),
        owner=owner,
        failing=True,
    )
    return facts, replace(rules, thresholds=_THRESHOLDS)
