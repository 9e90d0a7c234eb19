"""The half of the vault that any process may use: it stores a token and never reads one back."""

from cryptography.exceptions import UnsupportedAlgorithm

from tokens.errors import VaultError
from tokens.vault.binding import Binding, ChannelBinding
from tokens.vault.keyring import PublicKey
from tokens.vault.suite import SUITE, VERSION, Sealed

__all__ = ["Sealed", "seal"]


def seal(public: PublicKey, plaintext: bytes, binding: Binding | ChannelBinding) -> Sealed:
    """Seal one value to the public key, tied to its row. Raises VaultError, which tells nothing.

    An empty value is refused: there is nothing to keep, and it would open as a token.
    """
    if not plaintext:
        raise VaultError
    try:
        # The version byte is part of `info` too: it cannot be changed without breaking the seal.
        sealed = SUITE.encrypt(plaintext, public.key, info=VERSION + binding.info())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise VaultError from None
    return Sealed(public.key_id, VERSION + sealed)
