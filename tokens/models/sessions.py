"""Sessions of browsers: kept by a hash of their key, and by whose they are, so that they can be
listed and ended."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from tokens.models.accounts import Account

AGENT_LENGTH = 200


class BrowserSession(AbstractBaseSession):
    """`session_key` is the SHA-256 of what the browser holds: who reads this table is nobody."""

    session_key = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True, default="")
    agent = models.CharField(max_length=AGENT_LENGTH, blank=True, default="")

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from tokens.sessions import SessionStore

        return SessionStore
