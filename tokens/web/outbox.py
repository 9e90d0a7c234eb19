"""The outbox: every mail with its state; mails that are written to files can be read here."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.models import Mail, MailStatus
from tokens.notifications.problems import PROBLEMS
from tokens.policy.roles import Permission
from tokens.selectors.mails import MailRow, mail_counts, mails
from tokens.selectors.refused import refused_addresses
from tokens.web.access import needs
from tokens.web.mail_subjects import mail_about

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
#: Django's file backend writes this line after each mail of one connection.
_BETWEEN = b"-" * 79 + b"\n"
_NEWEST = 500
STATES = {
    MailStatus.QUEUED.value: ("Waiting", "blue"),
    MailStatus.SENT.value: ("Sent", "ok"),
    MailStatus.REFUSED.value: ("Refused by the server", "red"),
    MailStatus.CANCELLED.value: ("No longer true, not sent", "grey"),
}


@needs(Permission.VIEW)
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The latest mails with recipient, state and attempts."""
    asked = request.GET.get("status", "")
    counts = mail_counts()
    context = {
        "mails": [
            (row, mail_about(row.kind, row.notices), *STATES[row.status], _why(row))
            for row in mails(asked)
        ],
        "asked": asked if asked in STATES else "",
        "chips": [(name, words, counts.get(name, 0)) for name, (words, _) in STATES.items()],
        "total": sum(counts.values()),
        "refused": refused_addresses(),
        "readable": settings.EMAIL_BACKEND == FILE_BACKEND,
        "now": timezone.now(),
    }
    return render(request, "tokens/outbox.html", context)


@needs(Permission.VIEW)
@require_safe
def mail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """One mail as it was written to a file; 404 where a mail server took it away."""
    one = Mail.objects.filter(pk=mail_id).first()
    if one is None or settings.EMAIL_BACKEND != FILE_BACKEND:
        raise Http404("no such mail")
    written = written_mail(Path(getattr(settings, "EMAIL_FILE_PATH", "")), one.message_id)
    body = written.get_body(("plain",)) if written is not None else None
    context = {
        "mail": one,
        "subject": written["Subject"] if written is not None else one.subject,
        "text": body.get_content() if body is not None else "",
    }
    return render(request, "tokens/outbox_mail.html", context)


def _why(row: MailRow) -> str:
    """Why it did not go out yet, in words; "" where nothing went wrong."""
    return PROBLEMS.get(row.last_problem, row.last_problem)


def written_mail(folder: Path, message_id: str) -> EmailMessage | None:
    """The mail with this Message-ID among the newest files of the folder."""
    if not folder.is_dir():
        return None
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    wanted = message_id.encode()
    for file in files[:_NEWEST]:
        content = file.read_bytes()
        if wanted not in content:
            continue
        for part in content.split(_BETWEEN):
            found = message_from_bytes(part.lstrip(), policy=policy.default)
            if found["Message-ID"] == message_id:
                return found
    return None
