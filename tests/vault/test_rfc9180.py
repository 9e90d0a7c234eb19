"""The suite is RFC 9180, held against the RFC's vector and against the RFC read by somebody else.

The RFC prints no vector for X25519 with AES-256-GCM. So its text is followed here by hand (base
mode, sections 4.1, 5.1 and 5.2), that reading is proved with Appendix A.1.1 (AES-128-GCM, which
differs in the key's length alone), and the vault is then held against it.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tokens.vault.binding import Binding
from tokens.vault.encoding import encode_key
from tokens.vault.keyring import parse_private
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed, seal

AES_128, AES_256 = (1, 16), (2, 32)


def extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, hashlib.sha256)


def expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    # One block of HKDF-Expand: nothing here is longer than a SHA-256 digest.
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(secret, labeled + b"\x01", hashlib.sha256)[:length]


def schedule(
    shared: bytes, context: bytes, info: bytes, aead: tuple[int, int]
) -> tuple[AESGCM, bytes]:
    kem = b"KEM\x00\x20"
    secret = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", context, 32)
    suite = b"HPKE\x00\x20\x00\x01" + aead[0].to_bytes(2, "big")
    hashed = extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    key_secret = extract(suite, secret, b"secret", b"")
    key = expand(suite, key_secret, b"key", b"\x00" + hashed, aead[1])
    return AESGCM(key), expand(suite, key_secret, b"base_nonce", b"\x00" + hashed, 12)


def reference_open(
    private: X25519PrivateKey, sealed: bytes, info: bytes, aad: bytes, aead: tuple[int, int]
) -> bytes:
    enc, ciphertext = sealed[:32], sealed[32:]
    shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + private.public_key().public_bytes_raw()
    cipher, nonce = schedule(shared, context, info, aead)
    return cipher.decrypt(nonce, ciphertext, aad)


def reference_seal(ephemeral: X25519PrivateKey, public: bytes, text: bytes, info: bytes) -> bytes:
    enc = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    cipher, nonce = schedule(shared, enc + public, info, AES_256)
    return enc + cipher.encrypt(nonce, text, b"")


def test_the_reading_of_the_rfc_opens_appendix_a_1_1() -> None:
    private = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
    )
    sealed = bytes.fromhex(
        "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
        "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
        "6d8770ac83d07bea87e13c512a"
    )
    opened = reference_open(private, sealed, b"Ode on a Grecian Urn", b"Count-0", AES_128)
    assert opened == b"Beauty is truth, truth beauty"


def test_what_the_vault_seals_opens_by_the_rfc(binding: Binding) -> None:
    private = X25519PrivateKey.generate()
    keyring = parse_private("k:" + encode_key(private.private_bytes_raw()))
    sealed = seal(keyring.current_public(), b"Beauty is truth", binding).ciphertext
    info = b"\x01" + binding.info()
    assert sealed[:1] == b"\x01"
    assert reference_open(private, sealed[1:], info, b"", AES_256) == b"Beauty is truth"


def test_what_the_rfc_seals_opens_in_the_vault_and_stays_so() -> None:
    """A frozen value: if this fails, no stored token of any installation opens any more."""
    private = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    ephemeral = X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
    binding = Binding("company", "integration", "production", "token")
    public = private.public_key().public_bytes_raw()
    made = reference_seal(ephemeral, public, b"Beauty is truth", b"\x01" + binding.info())
    frozen = (
        "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254"
        "8c46d4548e89171a6c36498cce89558e20c414e9b3be648454a148c7a5bea3"
    )
    assert made.hex() == frozen
    keyring = parse_private("k:" + encode_key(private.private_bytes_raw()))
    sealed = Sealed("k", b"\x01" + bytes.fromhex(frozen))
    assert open_sealed(keyring, sealed, binding) == b"Beauty is truth"
