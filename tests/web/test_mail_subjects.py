"""The outbox speaks of mails in words, and of tokens only where a mail is about tokens."""

import pytest

from tokens.models import NoticeKind
from tokens.web.mail_subjects import kind_words, mail_about


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_has_words(kind: NoticeKind) -> None:
    assert kind_words(kind.value)[0].isupper()
    assert "_" not in mail_about(kind.value, 2)


@pytest.mark.parametrize(
    ("kind", "notices", "words"),
    [
        (NoticeKind.REMINDER, 1, "Reminder · 1 token"),
        (NoticeKind.NOT_REVOKED, 2, "Reminder to revoke · 2 tokens"),
        (NoticeKind.CONTRADICTED, 1, "Alert: revoked, still works · 1 token"),
        (NoticeKind.CHANNEL, 1, "Alert: a channel was stopped"),
        (NoticeKind.API_KEY, 3, "Alert: an API key ends soon"),
    ],
)
def test_what_a_mail_is_about(kind: NoticeKind, notices: int, words: str) -> None:
    assert mail_about(kind.value, notices) == words
