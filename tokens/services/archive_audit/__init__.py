"""Archiving the oldest audit entries: a signed file first, and only then, if asked, removal."""
