"""The application's configuration."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_save


class TokensConfig(AppConfig):
    """Governance of tokens: one app, one label, one migration history."""

    name = "tokens"
    verbose_name = "Token governance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register start-up checks, and put the audit trail's triggers back after every migrate."""
        from tokens import checks  # noqa: F401 (registers by import)

        pre_save.connect(
            _keep_no_parameters, sender="axes.AccessAttempt", dispatch_uid="tokens.attempts"
        )
        user_logged_in.connect(_note_proof, dispatch_uid="tokens.step_up")
        post_migrate.connect(_install_triggers, sender=self, dispatch_uid="tokens.audit.triggers")
        post_migrate.connect(_index_words, sender=self, dispatch_uid="tokens.models.words")
        connection_created.connect(_read_moments_fast, dispatch_uid="tokens.models.moments")


def _install_triggers(**kwargs: Any) -> None:
    """A table rebuild drops triggers silently (design.md), so every migrate ends with them."""
    from tokens.audit.triggers import install_after_migrate

    install_after_migrate(**kwargs)


def _index_words(**kwargs: Any) -> None:
    """Searches find their tokens by index where the database can have one."""
    from tokens.models.search_indexes import install_after_migrate

    install_after_migrate(**kwargs)


def _read_moments_fast(connection: Any, **_: Any) -> None:
    """Where the database is PostgreSQL; elsewhere its driver is not even loaded."""
    if connection.vendor == "postgresql":
        from tokens.models.moments import read_fast

        read_fast(connection.connection)


def _note_proof(request: Any, **_: Any) -> None:
    """Whoever signs in has just given the password: dangerous acts need not ask at once."""
    from django.utils import timezone

    from tokens.sessions import note_sign_in
    from tokens.step_up import note_proof
    from tokens.throttle import address_of

    now, agent = timezone.now(), request.META.get("HTTP_USER_AGENT", "")
    note_proof(request.session, now)
    note_sign_in(request.session, address=address_of(request), agent=agent, now=now)


def _keep_no_parameters(instance: Any, **_: Any) -> None:
    """axes would store what was sent with a failed sign-in, and add to it at every further one.

    Who, from where, when and how often is all that the lock needs; an address may hold a token.
    """
    instance.get_data = instance.post_data = ""
