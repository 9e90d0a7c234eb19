"""What a mail of the outbox is about, in the words of the pages."""

from __future__ import annotations

from tokens.models import NoticeKind
from tokens.web.words import ALERT_WORDS

_OTHERS = {
    NoticeKind.REMINDER.value: "Reminder",
    NoticeKind.NOT_REVOKED.value: "Reminder to revoke",
    NoticeKind.INCIDENT.value: "Alert: Coolset is in trouble",
    NoticeKind.BEHIND.value: "Alert: this product is behind with its work",
}
#: Mails of these kinds are about tokens, one notice for each.
_OF_TOKENS = frozenset(
    kind.value
    for kind in (
        NoticeKind.REMINDER,
        NoticeKind.NOT_REVOKED,
        NoticeKind.COMPROMISED,
        NoticeKind.FAILING,
        NoticeKind.CONTRADICTED,
        NoticeKind.UNREADABLE,
        NoticeKind.EXCEPTION,
    )
)


def kind_words(kind: str) -> str:
    """Such as "Alert: Coolset refuses it"; an unknown kind speaks for itself."""
    return _OTHERS.get(kind) or ALERT_WORDS.get(kind, kind)


def mail_about(kind: str, notices: int) -> str:
    """The kind, and how many tokens the mail is about where it is about tokens."""
    if kind not in _OF_TOKENS:
        return kind_words(kind)
    return f"{kind_words(kind)} · {notices} token{'' if notices == 1 else 's'}"
