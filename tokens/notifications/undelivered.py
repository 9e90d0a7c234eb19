"""What administrators are told of an address that the mail server refuses for good."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from tokens.models import Notice, RefusedAddress, Token
from tokens.notifications import wording
from tokens.notifications.letters import NAMED, Item, Letter, Section
from tokens.notifications.messages import one_line
from tokens.notifications.problems import PROBLEMS
from tokens.policy.vocabulary import State

HEADING = "Mails do not reach everybody"
NEXT = (
    "Correct the address on the token or the integration, or name another owner. If the mailbox "
    "was repaired, say so in the outbox and what waits goes out at once."
)


def refused_occasion(row: RefusedAddress) -> str:
    """The ledger's occasion: one refusal of one address, until a mail is accepted again."""
    return row.pk.hex


def refused_of(notice: Notice) -> RefusedAddress | None:
    """The address that a notice tells of, while it is still refused."""
    return RefusedAddress.objects.filter(pk=UUID(hex=notice.occasion)).first()


def undelivered_letter(notices: Sequence[Notice]) -> Letter:
    """One mail about every address of these notices; raises LookupError where none is refused."""
    found = [row for row in map(refused_of, notices) if row is not None]
    if not found:
        raise LookupError("nobody is refused")
    items = tuple(_item(row) for row in found[:NAMED])
    subject = one_line(
        f"Mails do not reach {found[0].email}"
        if len(found) == 1
        else f"Mails do not reach {len(found)} addresses"
    )
    return Letter("alert", subject, (Section(HEADING, items, more=len(found) - len(items)),))


def _item(row: RefusedAddress) -> Item:
    owned = Token.objects.exclude(state=State.REVOKED.value).filter(owner__email=row.email).count()
    problem = PROBLEMS.get(row.problem, row.problem)
    sentence = f"Since {wording.moment(row.since)}: {problem}."
    return Item(
        title=one_line(row.email),
        sentence=sentence,
        todo=NEXT,
        url=f"{settings.PUBLIC_URL}/outbox/",
        name=one_line(row.email),
        tone="red",
        remarks=(f"This address owns {wording.count(owned, 'token')} in force.",),
    )
