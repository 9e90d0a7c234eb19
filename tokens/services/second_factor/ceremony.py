"""What WebAuthn asks of a site: which site this is, questions, and reading strangers' answers."""

from __future__ import annotations

import ipaddress
import json
import logging
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from django.conf import settings
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import AuthenticationResponse, PublicKeyCredentialRpEntity, RegistrationResponse

from tokens.errors import InvalidInput

NAME = "Token governance"
#: An answer has some 2 kB; a certificate chain that nobody asked for may come with it.
MOST_CHARACTERS = 32_000
_DEFAULT_PORTS = {"https": 443, "http": 80}
logger = logging.getLogger(__name__)


def host() -> str:
    """The name that passkeys of this instance belong to."""
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def origin() -> str:
    """PUBLIC_URL as browsers write it: without the port where it is the usual one."""
    parts = urlsplit(settings.PUBLIC_URL)
    named = f"[{host()}]" if ":" in host() else host()
    usual = parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)}
    return f"{parts.scheme}://{named}" + ("" if usual else f":{parts.port}")


def is_possible() -> bool:
    """Browsers offer passkeys to names alone, not to IP addresses, and over https or here."""
    try:
        ipaddress.ip_address(host())
    except ValueError:
        local = host() == "localhost" or host().endswith(".localhost")
        return local or urlsplit(settings.PUBLIC_URL).scheme == "https"
    return False


def server() -> Fido2Server:
    """Takes answers from exactly this origin; attestation is not asked for."""
    mine = origin()
    return Fido2Server(
        PublicKeyCredentialRpEntity(name=NAME, id=host()),
        attestation=None,
        verify_origin=lambda told: told == mine,
    )


def registration(answer: str) -> RegistrationResponse:
    """Raises InvalidInput where this is no answer to a question for a new passkey."""
    read: RegistrationResponse = _read(RegistrationResponse, answer)
    return read


def assertion(answer: str) -> AuthenticationResponse:
    """Raises InvalidInput where this is no answer to a question for a known passkey."""
    read: AuthenticationResponse = _read(AuthenticationResponse, answer)
    return read


def is_usable(key: CoseKey) -> bool:
    """Whether signatures can be checked by this key: of a kind that was asked for, and whole."""
    if key.get(3) not in CoseKey.supported_algorithms():
        return False
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return True
    except Exception as error:
        # Of a key that lacks parts the libraries say so in many ways.
        logger.info("passkey_key_unusable", extra={"error": type(error).__name__})
    return False


def _read(kind: Any, answer: str) -> Any:
    if len(answer) > MOST_CHARACTERS:
        raise InvalidInput("is too long", field="credential")
    try:
        read = kind.from_dict(json.loads(answer))
        framed = bool(read.response.client_data.cross_origin)
    except Exception as error:
        # Four parsers read what anybody may send; each has exceptions of its own.
        logger.info("passkey_answer_unreadable", extra={"error": type(error).__name__})
        raise InvalidInput("is no answer of a passkey", field="credential") from None
    if framed:
        raise InvalidInput("came from inside another site", field="credential")
    return read
