"""What a sealed value is tied to: two swapped rows do not open (shared/design.md, The vault)."""

from dataclasses import dataclass
from uuid import UUID

_LABEL = b"coolset-token-governance/token/v1"
_CHANNEL_LABEL = b"coolset-token-governance/channel/v1"


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
        return _joined(_LABEL, texts)


@dataclass(frozen=True, slots=True)
class ChannelBinding:
    """The immutable facts of a channel's sealed value: no token's binding ever reads like one."""

    channel_id: UUID | str
    kind: str
    secret_id: UUID | str

    def info(self) -> bytes:
        """As `Binding.info`, under a label of its own."""
        return _joined(_CHANNEL_LABEL, (self.channel_id, self.kind, self.secret_id))


def _joined(label: bytes, texts: tuple[UUID | str, ...]) -> bytes:
    parts = [label, *[str(text).encode() for text in texts]]
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])
