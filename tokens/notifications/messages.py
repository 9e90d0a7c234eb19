"""Message-IDs and one-line text: what a mail's headers may hold."""

import re
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings

SUBJECT_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def message_id(mail_id: UUID) -> str:
    """`<id@domain of DEFAULT_FROM_EMAIL>`: made once per mail, the same for every attempt."""
    return f"<{mail_id}@{domain()}>"


def domain() -> str:
    """The domain of DEFAULT_FROM_EMAIL."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return address.rpartition("@")[2] or "localhost"


def one_line(text: str, *, length: int = 0) -> str:
    """Text without line breaks and control characters, cut to `length` where it is given.

    Names are typed by people and imported: without this one of them could add a header.
    """
    line = " ".join(_CONTROL.sub(" ", text).split())
    if length and len(line) > length:
        return line[: length - 1].rstrip() + "…"
    return line
