"""The application's configuration."""

from typing import Any

from django.apps import AppConfig
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
        post_migrate.connect(_install_triggers, sender=self, dispatch_uid="tokens.audit.triggers")


def _install_triggers(**kwargs: Any) -> None:
    """A table rebuild drops triggers silently (design.md), so every migrate ends with them."""
    from tokens.audit.triggers import install_after_migrate

    install_after_migrate(**kwargs)


def _keep_no_parameters(instance: Any, **_: Any) -> None:
    """axes would store what was sent with a failed sign-in, and add to it at every further one.

    Who, from where, when and how often is all that the lock needs; an address may hold a token.
    """
    instance.get_data = instance.post_data = ""
