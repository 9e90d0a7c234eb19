"""The database of a local instance, made ready by whichever command comes first."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, ProgrammingError, connection

from tokens.management.fresh import lay_out_fresh

#: What a command cannot do anything about, and says in one line.
DatabaseUnavailable = (OperationalError, InterfaceError, ProgrammingError)


def prepare_database(say: Callable[[str], None]) -> None:
    """Lay out an empty database outside production, so that every command works at once.

    In production, and where a database is merely behind, migrating stays a decision of its own.
    """
    if settings.PRODUCTION or connection.in_atomic_block:
        return
    if not connection.introspection.table_names():
        say("Preparing the database of this instance.")
        if not lay_out_fresh():
            call_command("migrate", verbosity=0, interactive=False)
