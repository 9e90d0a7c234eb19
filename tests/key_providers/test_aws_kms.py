"""The keyring under a KMS key: moto answers, boto3 asks, as in production."""

from __future__ import annotations

import base64
import json
import logging
import socket
import sys
import threading
import time
from typing import Any

import boto3
import pytest

from tests.key_providers.words import assert_nothing_leaks
from tokens import keys
from tokens.errors import KeyringError
from tokens.key_providers import aws_kms
from tokens.key_providers.place import AWAY, REFUSED, UNREADABLE
from tokens.services.wrap_keys import wrap_keys

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(90)]


@pytest.fixture
def kms(aws: pytest.MonkeyPatch, moto_port: int, settings: Any) -> str:
    """The id of a KMS key, with settings that lead to it."""
    aws.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{moto_port}")
    settings.TOKEN_KEYS_PROVIDER = "aws-kms"
    settings.AWS_KMS_KEY_ID = _new_key()
    return str(settings.AWS_KMS_KEY_ID)


def _new_key() -> str:
    return str(boto3.client("kms").create_key()["KeyMetadata"]["KeyId"])


def _refused(word: str, *secrets: str) -> None:
    with pytest.raises(KeyringError) as caught:
        keys.private_keyring()
    assert str(caught.value) == word
    assert_nothing_leaks(caught.value, *secrets)


def test_what_was_wrapped_opens(kms: str, ring: str, settings: Any) -> None:
    wrapped = wrap_keys(keyring=ring, provider="aws-kms")
    assert wrapped.public_key == settings.TOKEN_PUBLIC_KEY
    assert ring.encode() not in base64.b64decode(wrapped.text)
    settings.TOKEN_KEYS_WRAPPED = wrapped.text
    for key_id in (kms, ""):  # the ciphertext of KMS names its key by itself
        settings.AWS_KMS_KEY_ID = key_id
        opened = keys.private_keyring()
        assert opened.key_ids == tuple(key.split(":")[0] for key in ring.split(","))


def test_another_text_does_not(kms: str, ring: str, settings: Any) -> None:
    whole = base64.b64decode(wrap_keys(keyring=ring, provider="aws-kms").text)
    changed = whole[:-1] + bytes([whole[-1] ^ 1])
    settings.TOKEN_KEYS_WRAPPED = base64.b64encode(changed).decode()
    _refused(UNREADABLE, ring)
    # Of another account's key AWS says no more than this.
    settings.TOKEN_KEYS_WRAPPED = base64.b64encode(b"x" * 90).decode()
    _refused(REFUSED, ring)
    settings.TOKEN_KEYS_WRAPPED = "§"
    _refused("TOKEN_KEYS_WRAPPED is not base64")


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("IncorrectKeyException", UNREADABLE),
        ("InvalidCiphertextException", UNREADABLE),
        ("AccessDeniedException", REFUSED),
        ("DisabledException", REFUSED),
    ],
)
def test_what_moto_does_not_refuse_but_aws_does(
    aws: pytest.MonkeyPatch, settings: Any, code: str, word: str
) -> None:
    body = json.dumps({"__type": code, "message": "arn:aws:kms:eu-west-1:1:key/k"}).encode()
    _plays(aws, settings, b"HTTP/1.1 400 Bad Request" + _length(body) + body)
    _refused(word, "arn:aws")


def test_nothing_of_it_is_logged_even_at_debug(
    kms: str, ring: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.TOKEN_KEYS_WRAPPED = wrap_keys(keyring=ring, provider="aws-kms").text
    keys.private_keyring()
    assert ring not in caplog.text
    assert base64.b64encode(ring.encode()).decode() not in caplog.text


def test_nobody_there(kms: str, aws: pytest.MonkeyPatch, ring: str, settings: Any) -> None:
    settings.TOKEN_KEYS_WRAPPED = wrap_keys(keyring=ring, provider="aws-kms").text
    aws.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    _refused(AWAY, ring)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
def test_an_answer_in_trouble_is_asked_for_once(
    aws: pytest.MonkeyPatch, settings: Any, answer: bytes
) -> None:
    _plays(aws, settings, answer)
    _refused(AWAY)


@pytest.mark.parametrize(
    "body", [b"nonsense", b"{}", b'{"Plaintext": "w6k="}', b'{"Plaintext": 3}', b'{"Plaintext": "A']
)
def test_a_malformed_answer_is_no_keyring(
    aws: pytest.MonkeyPatch, settings: Any, body: bytes
) -> None:
    _plays(aws, settings, b"HTTP/1.1 200 OK" + _length(body) + body)
    with pytest.raises(KeyringError, match="no keyring") as caught:
        keys.private_keyring()
    assert_nothing_leaks(caught.value, "nonsense", "w6k=")


def test_time_runs_out(aws: pytest.MonkeyPatch, settings: Any) -> None:
    aws.setattr(aws_kms, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _leads_to(aws, settings, silent)
        began = time.monotonic()
        _refused(AWAY)
        assert time.monotonic() - began < 30  # boto3 by itself waits for 60, five times


def test_without_credentials_it_says_so(aws: pytest.MonkeyPatch, settings: Any) -> None:
    aws.delenv("AWS_ACCESS_KEY_ID")
    settings.TOKEN_KEYS_PROVIDER, settings.TOKEN_KEYS_WRAPPED = "aws-kms", "AAAA"
    _refused("AWS KMS cannot be asked (NoCredentialsError)")


def test_without_boto3_it_says_what_to_install(aws: pytest.MonkeyPatch, settings: Any) -> None:
    aws.setitem(sys.modules, "botocore", None)
    settings.TOKEN_KEYS_PROVIDER, settings.TOKEN_KEYS_WRAPPED = "aws-kms", "AAAA"
    _refused("TOKEN_KEYS_PROVIDER=aws-kms needs boto3: install requirements/aws.txt")


def _length(body: bytes) -> bytes:
    return f"\r\nContent-Length: {len(body)}\r\n\r\n".encode()


def _leads_to(aws: pytest.MonkeyPatch, settings: Any, server: socket.socket) -> None:
    aws.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
    settings.TOKEN_KEYS_PROVIDER, settings.TOKEN_KEYS_WRAPPED = "aws-kms", "AAAA"


def _plays(aws: pytest.MonkeyPatch, settings: Any, answer: bytes) -> None:
    """Answers one request with these bytes; a second one would hang and fail by its time-out."""
    server = socket.create_server(("127.0.0.1", 0))
    _leads_to(aws, settings, server)

    def play() -> None:
        with server, server.accept()[0] as client:
            client.recv(65536)
            client.sendall(answer)

    threading.Thread(target=play, daemon=True).start()
