"""A letter as a mail: text and HTML with the same content, headers that stay the same."""

from collections.abc import Sequence
from datetime import datetime

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from tokens.audit import head
from tokens.models import Mail, Notice, NoticeKind
from tokens.notifications.approval_letters import approval_letter
from tokens.notifications.channels.stopped import stopped_letter
from tokens.notifications.exception_letters import exception_letter
from tokens.notifications.expiring_keys import key_letter
from tokens.notifications.headers import OPTIONAL_IN_TIME, headers, preferences_url
from tokens.notifications.leavers import leaver_letter
from tokens.notifications.letters import Letter, alert_letter
from tokens.notifications.messages import SUBJECT_LENGTH, one_line
from tokens.notifications.reviews import review_letter
from tokens.notifications.to_revoke import whole_reminder
from tokens.notifications.undelivered import undelivered_letter

_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


def render(
    mail: Mail,
    notices: Sequence[Notice],
    *,
    to_administrator: bool,
    to_company_admin: bool = False,
    has_account: bool = False,
    now: datetime,
) -> EmailMultiAlternatives:
    """The mail that says `notices` (with tokens and what they point to) as they are true at `now`.

    Mails to administrators carry the head of the audit trail: whoever keeps one can tell later
    whether the trail was rewritten. Whoever has an account is told where to say when reminders
    come.
    """
    letter, optional = _letter(mail, notices, now), mail.kind in OPTIONAL_IN_TIME
    context = {
        "letter": letter,
        "to_administrator": to_administrator,
        "to_company_admin": to_company_admin,
        "audit": _audit_head() if to_administrator else None,
        "public_url": settings.PUBLIC_URL,
        "recipient": mail.recipient,
        "preferences": preferences_url() if optional and has_account else "",
    }
    message = EmailMultiAlternatives(
        subject=_subject(letter, context),
        body=_text(letter, context),
        to=[mail.recipient],
        headers=headers(mail, notices, has_account=has_account, now=now),
    )
    html = render_to_string(f"email/{letter.template}/body.html", context)
    message.attach_alternative(_INLINER.inline(html), "text/html")
    return message


def _letter(mail: Mail, notices: Sequence[Notice], now: datetime) -> Letter:
    if mail.kind == NoticeKind.REMINDER.value:
        return whole_reminder(notices, now)
    if mail.kind == NoticeKind.LEAVER.value:
        return leaver_letter(notices[0])  # each is queued on a mail of its own
    if mail.kind == NoticeKind.CHANNEL.value:
        return stopped_letter(notices[0])
    if mail.kind == NoticeKind.API_KEY.value:
        return key_letter(notices[0])
    if mail.kind == NoticeKind.EXCEPTION.value:
        return exception_letter(notices[0])
    if mail.kind == NoticeKind.APPROVAL.value:
        return approval_letter(notices[0])
    if mail.kind == NoticeKind.REVIEW.value:
        return review_letter(notices, now)
    if mail.kind == NoticeKind.UNDELIVERED.value:
        return undelivered_letter(notices)
    return alert_letter(notices)


def _subject(letter: Letter, context: dict[str, object]) -> str:
    written = render_to_string(f"email/{letter.template}/subject.txt", context)
    return one_line(written, length=SUBJECT_LENGTH)


def _text(letter: Letter, context: dict[str, object]) -> str:
    written = render_to_string(f"email/{letter.template}/body.txt", context)
    return written.strip() + "\n"


def _audit_head() -> dict[str, object] | None:
    found = head()
    return None if found is None else {"number": found[0], "hash": found[1]}
