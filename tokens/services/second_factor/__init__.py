"""The second factor: an authenticator's codes, and recovery codes for a bad day."""

from tokens.services.second_factor.check import Method, check_second_factor
from tokens.services.second_factor.enrol import (
    Offer,
    confirm_authenticator,
    offer_authenticator,
    remove_second_factor,
    renew_recovery_codes,
)

__all__ = [
    "Method",
    "Offer",
    "check_second_factor",
    "confirm_authenticator",
    "offer_authenticator",
    "remove_second_factor",
    "renew_recovery_codes",
]
