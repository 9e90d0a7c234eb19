"""The keyring under a key of AWS KMS. Region, credentials and endpoint: boto3's own chain."""

from __future__ import annotations

import base64
from typing import Any

from tokens.errors import KeyringError
from tokens.key_providers.place import AWAY, MALFORMED, REFUSED, SECONDS, UNREADABLE, Place

_UNREADABLE = frozenset(
    {"InvalidCiphertextException", "IncorrectKeyException", "NotFoundException"}
)
_SERVER_ERROR = 500


def decrypt(place: Place) -> bytes | None:
    """The plaintext, or None where the answer holds none."""
    try:
        ciphertext = base64.b64decode(place.wrapped, validate=True)
    except ValueError:
        raise KeyringError("TOKEN_KEYS_WRAPPED is not base64") from None
    key = {"KeyId": place.kms_key_id} if place.kms_key_id else {}
    plain = _ask("decrypt", CiphertextBlob=ciphertext, **key).get("Plaintext")
    return plain if isinstance(plain, bytes) else None


def encrypt(place: Place, keyring: bytes) -> str:
    """Base64 of the ciphertext."""
    blob = _ask("encrypt", KeyId=place.kms_key_id, Plaintext=keyring).get("CiphertextBlob")
    if not isinstance(blob, bytes):
        raise KeyringError(MALFORMED)
    return base64.b64encode(blob).decode()


def _ask(act: str, **given: Any) -> dict[str, Any]:
    """One call. Errors of boto3 are replaced outside of their handler, so that nothing of what was
    sent or came back hangs on ours."""
    try:
        from botocore import exceptions as wrong
        from botocore.parsers import ResponseParserError
    except ImportError:
        raise KeyringError(
            "TOKEN_KEYS_PROVIDER=aws-kms needs boto3: install requirements/aws.txt"
        ) from None
    try:
        answer: dict[str, Any] = getattr(_client(), act)(**given)
    except wrong.ClientError as error:
        word = _word(error.response)
    except (ResponseParserError, ValueError, TypeError):  # what its parser makes of odd answers
        word = MALFORMED
    except (wrong.ConnectionError, wrong.HTTPClientError):
        word = AWAY
    except wrong.BotoCoreError as error:
        # Its name says what is not set up (NoCredentialsError, NoRegionError); its text may not go.
        word = f"AWS KMS cannot be asked ({type(error).__name__})"
    else:
        return answer
    raise KeyringError(word)


def _client() -> Any:
    import boto3
    from botocore.config import Config

    limits = Config(
        connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1}
    )
    return boto3.session.Session().client("kms", config=limits)


def _word(answer: dict[str, Any]) -> str:
    if answer.get("Error", {}).get("Code") in _UNREADABLE:
        return UNREADABLE
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", _SERVER_ERROR)
    return AWAY if status >= _SERVER_ERROR else REFUSED
