"""Making a report: recorded in the audit trail before it leaves, in every form."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import InvalidInput
from tokens.selectors.report import report
from tokens.selectors.report_shape import Report
from tokens.selectors.span import Span
from tokens.services.policy_in_force import rules_in_force
from tokens.services.report_files import as_html, as_json

FORMATS = ("html", "pdf", "json")


def make_report(
    *,
    span: Span,
    format: str,  # noqa: A002 - the word of the command
    actor: Actor,
    now: datetime,
    walk_all: bool = False,
) -> Report:
    """The facts of a report, which is about to leave in this format.

    The head of the audit trail that it carries is the one before its own entry. Raises
    InvalidInput for an unknown format, AuditUnavailable where it cannot be recorded.
    """
    if format not in FORMATS:
        raise InvalidInput("is not one of " + ", ".join(FORMATS), field="format")
    made = report(
        span=span,
        rules=rules_in_force(),
        instance=settings.PUBLIC_URL,
        made_by=actor.name,
        now=now,
        walk_all=walk_all,
    )
    with audited(actor=actor, now=now) as trail:
        trail.add(
            Event.EVIDENCE_EXPORTED,
            Subject("evidence", name="Report"),
            what="report",
            format=format,
            since=span.since,
            until=span.until,
        )
    return made


def report_bytes(made: Report, format: str) -> bytes:  # noqa: A002
    """A report that was made, as a file."""
    if format == "pdf":
        # Imported here: what draws it takes longer to load than most pages together.
        from tokens.services.report_pdf import as_pdf

        return as_pdf(made)
    text = as_html(made) if format == "html" else as_json(made)
    return text.encode()
