"""What a mail says, before it is text or HTML: sections of items, each about one token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from tokens.models import Incident, Notice, NoticeKind, Token
from tokens.notifications import wording
from tokens.notifications.messages import SUBJECT_LENGTH, one_line
from tokens.notifications.troubles import SEVERITY, occasion, read_behind
from tokens.policy.days import days_left, utc_day
from tokens.policy.vocabulary import State

#: An alert names so many tokens and links to the rest; a reminder names every one.
NAMED = 50


@dataclass(frozen=True, slots=True)
class Item:
    """One token (or the vendor): what is the matter, what to do, where to do it."""

    title: str
    sentence: str
    todo: str
    url: str
    name: str = ""
    owner: str = ""
    tone: str = "amber"
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Items of one kind under a heading; `more` are not named."""

    heading: str
    items: tuple[Item, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole mail but its footer. `template` is the folder under templates/email/; `revoke`: its
    last section is about replaced tokens that are still in force; `second`: of how many tokens its
    reader is told as the second contact."""

    template: str
    subject: str
    sections: tuple[Section, ...]
    revoke: bool = False
    second: int = 0


def token_url(token_id: UUID) -> str:
    """The token's page."""
    return f"{settings.PUBLIC_URL}/tokens/{token_id}/"


def reminder_letter(notices: Sequence[Notice], now: datetime) -> Letter:
    """A reminder of every token in `notices`, the most urgent first."""
    tokens = [notice.token for notice in notices if notice.token is not None]
    tokens.sort(key=lambda token: (token.due_at, wording.title(token)))
    counted = [(wording.name(token), days_left(token.due_at, now)) for token in tokens]
    second = {each.token_id for each in notices if _is_told_second(each)}
    items = tuple(_due_item(token, now, second=token.pk in second) for token in tokens)
    heading = f"{wording.count(len(items), 'token')} to rotate"
    subject = wording.reminder_subject(counted)
    return Letter("reminder", subject, (Section(heading, items),), second=len(second))


def _is_told_second(notice: Notice) -> bool:
    token = notice.token
    if token is None or token.integration.second_contact is None:
        return False
    own = token.owner is not None and token.owner.email.lower() == notice.recipient
    return not own and token.integration.second_contact.email.lower() == notice.recipient


def _due_item(token: Token, now: datetime, *, second: bool) -> Item:
    days = days_left(token.due_at, now)
    sentence = wording.due_sentence(utc_day(token.due_at), days)
    return Item(
        title=wording.title(token),
        sentence=f"{sentence[:1].upper()}{sentence[1:]}.",
        todo=wording.reminder_next(token, days),
        url=token_url(token.pk),
        name=wording.name(token),
        owner=token.owner.email if token.owner else "nobody",
        tone="red" if days < 0 else "amber",
        remarks=(*wording.remarks(token), *_as_second(token, told=second)),
    )


def _as_second(token: Token, *, told: bool) -> tuple[str, ...]:
    name = one_line(token.integration.name)
    return (f"You are the second contact of {name}.",) if told else ()


_HEADINGS = {
    NoticeKind.COMPROMISED: "Compromised, rotate and revoke it now",
    NoticeKind.CONTRADICTED: "Recorded as revoked, but still works",
    NoticeKind.FAILING: "Newly failing",
    NoticeKind.INCIDENT: "Coolset fails for many tokens at once",
    NoticeKind.BEHIND: "This product is behind with its own work",
    NoticeKind.UNREADABLE: "Stored value cannot be opened",
}


def alert_letter(notices: Sequence[Notice]) -> Letter:
    """Everything one sweep has to tell one recipient at once, the most severe first."""
    sections = []
    for kind in SEVERITY:
        found = [notice for notice in notices if notice.kind == kind.value]
        if found:
            items = tuple(_alert_item(kind, notice) for notice in found[:NAMED])
            sections.append(Section(_HEADINGS[kind], items, more=len(found) - len(items)))
    return Letter("alert", _alert_subject(sections), tuple(sections))


def _alert_subject(sections: Sequence[Section]) -> str:
    first = sections[0]
    number = len(first.items) + first.more
    words = first.heading
    if number > 1 and first.items[0].name:
        words = f"{wording.count(number, 'token')}: {words[:1].lower()}{words[1:]}"
    elif first.items[0].owner:
        words = f"{words}: {first.items[0].name}"
    rest = sum(len(section.items) + section.more for section in sections[1:])
    more = f" (and {rest} more)" if rest else ""
    return one_line(words, length=SUBJECT_LENGTH - len(more)) + more


def _alert_item(kind: NoticeKind, notice: Notice) -> Item:
    if kind is NoticeKind.BEHIND:
        return _behind_item(notice)
    if notice.token is None:
        return _incident_item(notice)
    sentence, todo = {
        NoticeKind.COMPROMISED: (
            wording.compromised_sentence(notice.token),
            wording.COMPROMISED_NEXT,
        ),
        NoticeKind.CONTRADICTED: (
            wording.contradicted_sentence(notice.token),
            wording.CONTRADICTED_NEXT,
        ),
        NoticeKind.FAILING: (wording.failing_sentence(notice.token), wording.FAILING_NEXT),
        NoticeKind.UNREADABLE: (wording.UNREADABLE_SENTENCE, wording.UNREADABLE_NEXT),
    }[kind]
    due = f"It is due for rotation on {wording.day(utc_day(notice.token.due_at))}."
    is_active = notice.token.state == State.ACTIVE.value
    return Item(
        title=wording.title(notice.token),
        sentence=sentence,
        todo=todo,
        url=token_url(notice.token.pk),
        name=wording.name(notice.token),
        owner=notice.token.owner.email if notice.token.owner else "nobody",
        tone="red",
        remarks=(due,) if is_active else (),
    )


def _incident_item(notice: Notice) -> Item:
    incident = Incident.objects.filter(begun_at=datetime.fromisoformat(notice.occasion)).first()
    begun = wording.moment(datetime.fromisoformat(notice.occasion))
    sentence = f"Since {begun} Coolset fails or refuses many tokens together."
    if incident is not None and occasion(incident.begun_at) == notice.occasion:
        sentence = (
            f"Since {begun} Coolset fails or refuses {incident.bad:,} of {incident.watched:,} "
            "tokens that worked before."
        )
    url = f"{settings.PUBLIC_URL}/"
    return Item("Coolset", sentence, wording.INCIDENT_NEXT, url, tone="red")


def _behind_item(notice: Notice) -> Item:
    work, since = read_behind(notice.occasion)
    title, sentence, todo, path = wording.BEHIND[work]
    url = f"{settings.PUBLIC_URL}{path}"
    return Item(title, sentence.format(since=wording.moment(since)), todo, url, tone="red")
