"""Backing up and restoring the whole instance: sealed, checked, from one database to another."""

from tokens.services.backup.needs import Needs, needs_of
from tokens.services.backup.restore import Restored, restore
from tokens.services.backup.write import BackedUp, back_up

__all__ = ["BackedUp", "Needs", "Restored", "back_up", "needs_of", "restore"]
