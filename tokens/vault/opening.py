"""The half of the vault that reads. The probe, the reseal and the channels' door may import it."""

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from tokens.errors import VaultError
from tokens.vault.binding import Binding, ChannelBinding
from tokens.vault.keyring import Keyring
from tokens.vault.suite import SUITE, VERSION, Sealed


def open_sealed(keyring: Keyring, sealed: Sealed, binding: Binding | ChannelBinding) -> bytes:
    """The value, for the moment of its use. Every failure is the same VaultError, without cause."""
    private = keyring.private(sealed.key_id)
    ciphertext = bytes(sealed.ciphertext)  # SQLite and PostgreSQL hand out memoryviews
    if private is None or ciphertext[:1] != VERSION:
        raise VaultError
    try:
        return SUITE.decrypt(ciphertext[1:], private, info=VERSION + binding.info())
    except (InvalidTag, ValueError, TypeError, UnsupportedAlgorithm):
        raise VaultError from None
