"""Where somebody is sent back to after signing in: never an address that holds a token."""

from urllib.parse import parse_qsl, urlsplit

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tokens.policy.register import looks_like_token


def without_token(address: str) -> str:
    """The address as it is, or without its query where a part of that looks like a token.

    An address that was asked for while signed out travels through `next`: into the browser's
    history, into the sign-in page, and from there into whatever keeps what was posted.
    """
    path, _, query = address.partition("?")
    if not query:
        return address
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    if any(looks_like_token(text) for pair in pairs for text in pair):
        return path
    return address


def own_address(address: str) -> str:
    """A page of this product, without a token in it; the start for anything else."""
    own = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return without_token(address) if own else reverse("todo")
