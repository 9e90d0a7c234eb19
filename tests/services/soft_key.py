"""A security key in software (P-256): answers as browsers send them, honest or not, by choice."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


@dataclass
class SoftKey:
    """`counter` 0 stays 0, as with keys that are kept on several devices."""

    origin: str = "http://testserver"
    host: str = "testserver"
    counter: int = 1
    algorithm: int = -7
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    def make(self, options: dict[str, Any], **client: Any) -> str:
        """The answer to a question for a new passkey."""
        told = self._client("webauthn.create", options, client)
        public = ES256.from_cryptography_key(self.private.public_key())  # type: ignore[no-untyped-call]  # fido2 left it so
        public[3] = self.algorithm
        data = self._data(
            FLAG.UP | FLAG.AT, AttestedCredentialData.create(b"\0" * 16, self.credential_id, public)
        )
        return self._answer(
            clientDataJSON=told, attestationObject=AttestationObject.create("none", data, {})
        )

    def sign(
        self, options: dict[str, Any], *, handle: bytes = b"", flags: int = FLAG.UP, **client: Any
    ) -> str:
        """The answer to a question for a known one; the counter goes on."""
        self.counter += 1 if self.counter else 0
        told = self._client("webauthn.get", options, client)
        data = self._data(FLAG(flags))
        signature = self.private.sign(data + told.hash, ec.ECDSA(SHA256()))
        more = {"userHandle": handle} if handle else {}
        return self._answer(
            clientDataJSON=told, authenticatorData=data, signature=signature, **more
        )

    def _client(
        self, kind: str, options: dict[str, Any], client: dict[str, Any]
    ) -> CollectedClientData:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, **client}
        return CollectedClientData.create(**told)

    def _data(self, flags: FLAG, credential: bytes = b"") -> AuthenticatorData:
        of = hashlib.sha256(self.host.encode()).digest()
        made: AuthenticatorData = AuthenticatorData.create(of, flags, self.counter, credential)
        return made

    def _answer(self, **response: bytes) -> str:
        name = websafe_encode(self.credential_id)
        packed = {key: websafe_encode(value) for key, value in response.items()}
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": packed,
             "clientExtensionResults": {}}
        )  # fmt: skip
