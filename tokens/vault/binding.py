"""What a sealed value is tied to: two swapped rows do not open (shared/design.md, The vault)."""

from dataclasses import dataclass
from uuid import UUID

_LABEL = b"coolset-token-governance/token/v1"


@dataclass(frozen=True, slots=True)
class Binding:
    """The immutable facts of a token's row."""

    company_id: UUID | str
    integration_id: UUID | str
    environment: str
    token_id: UUID | str

    def info(self) -> bytes:
        """HPKE's `info`: versioned, every part with its length, so no two bindings read alike."""
        texts = (self.company_id, self.integration_id, self.environment, self.token_id)
        parts = [_LABEL, *[str(text).encode() for text in texts]]
        return b"".join([len(part).to_bytes(4, "big") + part for part in parts])
