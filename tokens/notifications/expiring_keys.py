"""What administrators are told of a key of ours that ends soon."""

from datetime import date
from uuid import UUID

from django.conf import settings

from tokens.models import ApiKey, Notice
from tokens.notifications import wording
from tokens.notifications.letters import Item, Letter, Section
from tokens.notifications.messages import one_line
from tokens.policy.days import utc_day

HEADING = "An API key ends soon"
NEXT = "Make a new key on {url}, give it to the script, then revoke this one."


def key_occasion(key: ApiKey) -> str:
    """The ledger's occasion: which key, in hexadecimal, and its last day as yyyymmdd."""
    return f"{key.pk.hex}{utc_day(key.expires_at):%Y%m%d}"


def key_of(notice: Notice) -> ApiKey | None:
    """The key of a notice, as long as it is in force and ends when the notice says."""
    key = ApiKey.objects.filter(pk=UUID(hex=notice.occasion[:32]), revoked_at=None).first()
    return key if key is not None and key_occasion(key) == notice.occasion else None


def key_letter(notice: Notice) -> Letter:
    """A mail about one key; raises LookupError where there is nothing to say any more."""
    key = key_of(notice)
    if key is None:
        raise LookupError("no key ends")
    ends = wording.day(_last_day(key))
    url = f"{settings.PUBLIC_URL}/keys/"
    item = Item(
        title=f"API key “{key.name}” ({key.hint})",
        sentence=f"It works until {ends}. Whatever calls this product with it stops then.",
        todo=NEXT.format(url=url),
        url=url,
        name=key.name,
        owner=key.created_by,
    )
    subject = one_line(f"API key “{key.name}” ends on {ends}")
    return Letter("alert", subject, (Section(HEADING, (item,)),))


def _last_day(key: ApiKey) -> date:
    return utc_day(key.expires_at)
