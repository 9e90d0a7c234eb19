"""What a mail says to mail programs: what belongs together, and where its reader changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from uuid import UUID

from django.conf import settings

from tokens.models import Mail, Notice, NoticeKind
from tokens.notifications.messages import domain

#: Kinds that a reader's preferences gather and delay (policy.preferences).
OPTIONAL_IN_TIME = frozenset({NoticeKind.REMINDER.value})


def headers(
    mail: Mail, notices: Sequence[Notice], *, has_account: bool, now: datetime
) -> dict[str, str]:
    """Headers that are the same for every attempt, but for `Date`."""
    found = {
        "Message-ID": mail.message_id,
        "Date": format_datetime(now),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    about = {notice.token_id for notice in notices}
    if len(about) == 1 and (token := about.pop()) is not None:
        found["References"] = found["In-Reply-To"] = thread_of(token)
    if mail.kind in OPTIONAL_IN_TIME and has_account:
        # A page and not an address that takes mail (RFC 2369): what reminds of a due day can be
        # gathered and put off, and is never dropped by one click in a mail program.
        found["List-Unsubscribe"] = f"<{preferences_url()}>"
    return found


def thread_of(token_id: UUID) -> str:
    """What all mails about one token alone refer to, so that mail programs show them together
    (RFC 5322, 3.6.4). No mail has this id: the first of them may be any."""
    return f"<token.{token_id}@{domain()}>"


def preferences_url() -> str:
    """Where a reader with an account says when reminders come."""
    return f"{settings.PUBLIC_URL}/preferences/"
