"""Exceptions of one token: ask, decide, end. One person asks, another approves."""

from tokens.services.exceptions.act import act_on
from tokens.services.exceptions.ask import ask_exception
from tokens.services.exceptions.close import close_exception
from tokens.services.exceptions.decide import (
    approve_exception,
    refuse_exception,
    withdraw_exception,
)

__all__ = [
    "act_on",
    "approve_exception",
    "ask_exception",
    "close_exception",
    "refuse_exception",
    "withdraw_exception",
]
