"""Domain errors: what can go wrong, in words that are safe to show.

No error of this module ever carries a token, a part of one, or a vendor's answer.
"""


class DomainError(Exception):
    """Something a person can understand and act on. `message` is safe to show anywhere."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(DomainError):
    """The input named by `field` cannot be accepted as it is."""


class AlreadyKnown(DomainError):
    """The value or the place in the inventory is taken; the message says where."""


class NotAllowed(DomainError):
    """The actor may not do this."""


class WrongState(DomainError):
    """The object is in a state in which this act makes no sense (any more)."""


class KeyReused(DomainError):
    """The Idempotency-Key of a call came before, with something else."""


class NotFound(DomainError):
    """There is no such object, or it is not visible to the asker."""


class VaultError(Exception):
    """The one error of the vault: a value could not be sealed or opened. It never says why."""

    def __init__(self) -> None:
        super().__init__("the vault could not process this value")


class KeyringError(Exception):
    """The configured keys are missing or malformed. The message names the setting, no value."""
