"""What passwords may not be made of: the words that whoever guesses here tries first."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError

#: Words of this product and its vendor; docs/security.md names them too.
CONTEXT_WORDS = ("coolset", "token", "governance", "sustainability", "password", "admin", "welcome")
#: So much has to be left of a password without them.
LEAST_BESIDE = 8
_SHORTEST = 4


class ContextWordsValidator:
    """Refuses a password that is little more than words of its context (ASVS 5.0, 6.1.2).

    Beside CONTEXT_WORDS these are the parts of the account's address: its organisation's name.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError where fewer than LEAST_BESIDE characters are left."""
        left = password.lower()
        for word in sorted({*CONTEXT_WORDS, *_parts(user)}, key=len, reverse=True):
            left = left.replace(word, "")
        if len(left) < min(LEAST_BESIDE, len(password)):
            raise ValidationError(self.get_help_text(), code="password_context")

    def get_help_text(self) -> str:
        """The same for the form."""
        return (
            "Your password can't be little more than words such as “Coolset”, “token” or the name"
            " of your organisation."
        )


def _parts(user: Any) -> set[str]:
    address = str(getattr(user, "email", "") or "").lower()
    return {part for part in re.split(r"[^a-z0-9]+", address) if len(part) >= _SHORTEST}
