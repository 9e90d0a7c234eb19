"""The one error of single sign-on. It carries a word of ours, never what a provider wrote."""

from tokens.policy.sign_on import Refusal


class Refused(Exception):
    """Nobody is signed in. `email`: whom the provider named, where it came so far."""

    def __init__(self, refusal: Refusal, *, email: str = "") -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.email = email
