"""Finding what the words of a command name."""

import uuid

from tokens.errors import InvalidInput
from tokens.models import Token


def token_named(text: str, *, field: str = "ID") -> Token:
    """The token with this id. Raises InvalidInput, which does not repeat what was typed."""
    try:
        return Token.objects.get(pk=uuid.UUID(text))
    except ValueError:
        raise InvalidInput("is not the id of a token", field=field) from None
    except Token.DoesNotExist:
        raise InvalidInput("is not known", field=field) from None
