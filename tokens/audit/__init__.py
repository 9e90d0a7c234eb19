"""The audit trail: who did what to which object, chained so that a later change shows.

Needs Django's models to be loaded: import it from services, commands and views, not from models.
"""

from tokens.audit.actors import Actor, account, api_key, command_line, system
from tokens.audit.events import Event, describe
from tokens.audit.recording import Trail, audited
from tokens.audit.subjects import Subject
from tokens.audit.verification import Verification, head, verify
from tokens.audit.writing import AuditUnavailable

__all__ = [
    "Actor",
    "AuditUnavailable",
    "Event",
    "Subject",
    "Trail",
    "Verification",
    "account",
    "api_key",
    "audited",
    "command_line",
    "describe",
    "head",
    "system",
    "verify",
]
