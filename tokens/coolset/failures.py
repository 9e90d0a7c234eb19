"""From an exception of the network to a word. Exceptions themselves go no further: aiohttp's
carry the request's headers, and with them the token."""

import logging
import ssl

import aiohttp

from tokens.coolset.outcomes import Problem
from tokens.coolset.resolver import ForbiddenPeer

log = logging.getLogger(__name__)

#: First match wins, so the special stands before the general.
_WORDS: tuple[tuple[type[BaseException], Problem], ...] = (
    (TimeoutError, Problem.TIMEOUT),
    (aiohttp.ClientConnectorCertificateError, Problem.TLS),
    (aiohttp.ClientSSLError, Problem.TLS),
    (ssl.SSLError, Problem.TLS),
    (aiohttp.ClientConnectorDNSError, Problem.DNS),
    (aiohttp.ClientConnectorError, Problem.REFUSED),
    (aiohttp.ClientPayloadError, Problem.TRUNCATED),
    (aiohttp.ClientResponseError, Problem.PROTOCOL),
    (aiohttp.ServerDisconnectedError, Problem.RESET),
    (aiohttp.ClientConnectionError, Problem.RESET),
    (OSError, Problem.RESET),
    (aiohttp.ClientError, Problem.PROTOCOL),
)


def word_for(error: Exception) -> Problem:
    """The closed word for what went wrong. Logs what nobody foresaw, by its type's name alone."""
    if isinstance(getattr(error, "os_error", None), ForbiddenPeer):
        log.error("the Coolset host resolves to an address that tokens may not be sent to")
        return Problem.ADDRESS
    for kind, problem in _WORDS:
        if isinstance(error, kind):
            return problem
    log.error("a probe failed in an unforeseen way: %s", type(error).__name__)
    return Problem.INTERNAL
