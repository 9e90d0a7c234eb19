"""How people of the sample company are reminded: a weekly digest, a second contact, a snooze, and a
mailbox that nobody has any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from tokens.audit import Actor
from tokens.models import Integration, Token
from tokens.policy.days import utc_day
from tokens.policy.preferences import Digest
from tokens.policy.snooze import latest_end
from tokens.policy.vocabulary import State
from tokens.services.edit_integration import edit_integration
from tokens.services.preferences import set_preference
from tokens.services.seed_demo.names import DOMAIN
from tokens.services.snooze import snooze

BOSS = Actor("account", f"admin@{DOMAIN}")
#: Who wants one mail a week, and whose address the mail server no longer knows.
WEEKLY, DEAD = f"finance-it@{DOMAIN}", f"internal-audit@{DOMAIN}"
#: Whom to tell if nobody acts, and of what.
BACKED, SECOND = "BI warehouse", f"data-team@{DOMAIN}"
FRIDAY, WEEKEND = 4, (5, 6)


class Nowhere(BaseEmailBackend):
    """A mail server that accepts everything but for one address, and passes nothing on."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if DEAD in message.to:
                raise SMTPRecipientsRefused({DEAD: (550, b"no such user")})
        return len(email_messages)


def prefer(*, now: datetime) -> None:
    """One owner wants a digest on Fridays and is quiet on weekends; one integration is backed."""
    set_preference(
        email=WEEKLY,
        digest=Digest.WEEKLY.value,
        weekday=FRIDAY,
        quiet=WEEKEND,
        time_zone="Europe/Amsterdam",
        actor=BOSS,
        now=now,
    )
    integration = Integration.objects.filter(name=BACKED).first()
    if integration is not None:
        edit_integration(integration=integration, second_contact_email=SECOND, actor=BOSS, now=now)


def snooze_one(*, now: datetime) -> None:
    """The reminders of a token that is due soon wait for a release."""
    today = utc_day(now)
    coming = Token.objects.filter(
        state=State.ACTIVE.value, due_at__gt=now, secret__compromise__isnull=True
    )
    token = coming.order_by("due_at", "pk").first()
    if token is None:
        return
    until = min(today + timedelta(days=5), latest_end(token.due_at, now))
    reason = "The new release brings its own token next week."
    snooze(token=token, until=until, reason=reason, actor=BOSS, now=now)
