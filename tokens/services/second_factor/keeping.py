"""How an authenticator's secret and recovery codes are kept.

Web has to read the secret at each sign-in, so it cannot be sealed as tokens are. It is encrypted
under a key derived from DJANGO_SECRET_KEY: a stolen database alone opens nothing. With the secret
key the second factors of all accounts are lost; SECRET_KEY_FALLBACKS carry them over a change.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings

from tokens.errors import VaultError
from tokens.policy.second_factor import DIGITS, RECOVERY_CODES, STEP_SECONDS

_SECRET = b"coolset-token-governance/authenticator/v1"
_CODES = b"coolset-token-governance/recovery-codes/v1"
_SECRET_BYTES = 20
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF = 5


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def sealed(secret: bytes) -> bytes:
    return _fernet().encrypt(secret)


def opened(stored: bytes | memoryview) -> bytes:
    """Raises VaultError where DJANGO_SECRET_KEY is another one than it was sealed under."""
    try:
        return _fernet().decrypt(bytes(stored))
    except InvalidToken:
        raise VaultError from None


def totp(secret: bytes) -> TOTP:
    """RFC 6238 as authenticators speak it."""
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - the standard's own


def code_at(secret: bytes, step: int) -> str:
    return totp(secret).generate(step * STEP_SECONDS).decode("ascii")


def new_recovery_codes() -> list[str]:
    """Ten codes as they are shown: two groups of five, no letters that look alike."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_HALF)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def digests(code: str) -> list[bytes]:
    """What a recovery code is found by, under the present secret key and those before it."""
    return [hmac.digest(_derived(key, _CODES), code.encode(), hashlib.sha256) for key in _keys()]


def _fernet() -> MultiFernet:
    derived = (base64.urlsafe_b64encode(_derived(key, _SECRET)) for key in _keys())
    return MultiFernet([Fernet(key) for key in derived])


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *(str(key) for key in settings.SECRET_KEY_FALLBACKS)]


def _derived(key: str, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label).derive(key.encode())
