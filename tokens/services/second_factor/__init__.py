"""The second factor: an authenticator's codes, passkeys, and recovery codes for a bad day."""

from tokens.services.second_factor.assertion import ask_for_passkey, check_passkey
from tokens.services.second_factor.check import Method, check_second_factor
from tokens.services.second_factor.enrol import (
    Offer,
    confirm_authenticator,
    offer_authenticator,
    remove_second_factor,
    renew_recovery_codes,
)
from tokens.services.second_factor.passkeys import (
    add_passkey,
    ask_for_new_passkey,
    passkeys_of,
    remove_passkey,
    rename_passkey,
)
from tokens.services.second_factor.questions import Question

__all__ = [
    "Method",
    "Offer",
    "Question",
    "add_passkey",
    "ask_for_new_passkey",
    "ask_for_passkey",
    "check_passkey",
    "check_second_factor",
    "confirm_authenticator",
    "offer_authenticator",
    "passkeys_of",
    "remove_passkey",
    "remove_second_factor",
    "rename_passkey",
    "renew_recovery_codes",
]
