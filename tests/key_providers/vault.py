"""Vault's transit engine as its HTTP API documents it: encrypt and decrypt, and how it refuses.

https://developer.hashicorp.com/vault/api-docs/secret/transit
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

_PATH = re.compile(r"/v1/transit/(encrypt|decrypt)/([\w.-]+)\Z")
NONCE = 12


class Vault:
    """`broken` answers in its place, once it is set: sealed, malformed, slow."""

    def __init__(self, server: HTTPServer) -> None:
        self.token = "hvs." + secrets.token_urlsafe(24)
        self.keys = {name: AESGCM(secrets.token_bytes(32)) for name in ("coolset", "other")}
        self.asked = 0
        self.broken: Response | None = None
        server.expect_request(re.compile(".*")).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.asked += 1
        if self.broken is not None:
            return self.broken
        if request.headers.get("X-Vault-Token") != self.token:
            return _errors(403, "permission denied")
        found = _PATH.match(request.path)
        if request.method not in {"POST", "PUT"} or found is None:
            return _errors(404)
        key = self.keys.get(found[2])
        if key is None:
            return _errors(400, "encryption key not found")
        body = json.loads(request.data)
        return _encrypt(key, body) if found[1] == "encrypt" else _decrypt(key, body)


def _encrypt(key: AESGCM, body: dict[str, str]) -> Response:
    nonce = secrets.token_bytes(NONCE)
    sealed = nonce + key.encrypt(nonce, base64.b64decode(body["plaintext"]), None)
    return _data({"ciphertext": f"vault:v1:{base64.b64encode(sealed).decode()}", "key_version": 1})


def _decrypt(key: AESGCM, body: dict[str, str]) -> Response:
    prefix, _, encoded = body["ciphertext"].rpartition(":")
    if prefix != "vault:v1":
        return _errors(400, "invalid ciphertext: no prefix")
    try:
        raw = base64.b64decode(encoded, validate=True)
        plain = key.decrypt(raw[:NONCE], raw[NONCE:], None)
    except (InvalidTag, ValueError, binascii.Error):
        return _errors(400, "cipher: message authentication failed")
    return _data({"plaintext": base64.b64encode(plain).decode()})


def _data(data: dict[str, object]) -> Response:
    return Response(
        json.dumps({"request_id": "r", "lease_id": "", "renewable": False, "data": data}),
        content_type="application/json",
    )


def _errors(status: int, *words: str) -> Response:
    return Response(json.dumps({"errors": words}), status, content_type="application/json")
