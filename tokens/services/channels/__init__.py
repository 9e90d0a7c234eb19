"""Channels and webhooks: added, changed and removed on pages; told by the worker alone."""
