#!/usr/bin/env python
"""Django's command line, with the development settings unless others are named."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolset_admin.settings.dev")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # who started it can mend a setting; a traceback would bury which


if __name__ == "__main__":
    main()
