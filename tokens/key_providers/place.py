"""Which provider, where it is, and the fixed words for what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tokens.errors import KeyringError

AWS_KMS, VAULT = "aws-kms", "vault"
#: Wall clock of one question to Vault; of connecting and of each wait for KMS.
SECONDS = 5.0

#: What opens, directly or through a provider: for worker and commands alone.
PRIVATE = ("TOKEN_KEYS", "TOKEN_KEYS_WRAPPED", "VAULT_TOKEN")
_PREFIXES = ("AWS_", "VAULT_")

AWAY = "the key provider does not answer"
REFUSED = "the key provider refuses: this process may not use the key"
UNREADABLE = "the key provider cannot unwrap TOKEN_KEYS_WRAPPED"
MALFORMED = "the key provider gave an answer that is no keyring"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the wrapping key is; `wrapped` is the keyring as the provider's ciphertext."""

    provider: str
    wrapped: str = field(default="", repr=False)
    kms_key_id: str = ""
    vault_addr: str = ""
    vault_token: str = field(default="", repr=False)
    vault_key: str = ""

    def missing(self) -> list[str]:
        """The settings that this provider needs and does not have. Raises for an unknown one."""
        if self.provider not in {AWS_KMS, VAULT}:
            raise KeyringError(f"TOKEN_KEYS_PROVIDER must be {AWS_KMS} or {VAULT}")
        if self.provider == AWS_KMS:
            return []
        needed = {
            "VAULT_ADDR": self.vault_addr,
            "VAULT_TOKEN": self.vault_token,
            "VAULT_TRANSIT_KEY": self.vault_key,
        }
        return [name for name, value in needed.items() if not value]


def not_for_web(names: Iterable[str]) -> list[str]:
    """Those variables of an environment that lead to the keyring, with or without `_FILE`."""
    return [
        name
        for name in names
        if name.removesuffix("_FILE") in PRIVATE or name.startswith(_PREFIXES)
    ]
