"""Start-up checks, each with an id and a hint (`manage.py check`)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import DEFAULT_DB_ALIAS, connections

from tokens import keys
from tokens.coolset.address import ApiAddress
from tokens.errors import KeyringError
from tokens.notifications.deadman_address import DeadmanError, check_url


@register(Tags.security)
def check_api_address(**_: Any) -> list[CheckMessage]:
    """tokens.E001: tokens must not be sent to a host that is not Coolset's."""
    try:
        ApiAddress.parse(
            settings.COOLSET_API_URL,
            allow_host=settings.COOLSET_ALLOW_HOST or None,
            production=settings.PRODUCTION,
        )
    except ValueError as error:
        hint = "Leave COOLSET_API_URL unset to use the vendor's own address."
        return [Error(str(error), hint=hint, id="tokens.E001")]
    return []


@register(Tags.security)
def check_keys(**_: Any) -> list[CheckMessage]:
    """tokens.E002: the keys that this process holds must parse."""
    wanted = [keys.public_key, keys.fingerprint_key]
    if settings.VAULT_MAY_OPEN and settings.TOKEN_KEYS:
        wanted.append(keys.private_keyring)
    found: list[CheckMessage] = []
    for read in wanted:
        try:
            read()
        except KeyringError as error:
            hint = "See .env.example for the form of each key and how to make one."
            found.append(Error(str(error), hint=hint, id="tokens.E002"))
    return found


@register(Tags.security, deploy=True)
def check_key_provider(**_: Any) -> list[CheckMessage]:
    """tokens.E006: the provider gives this process its keyring.

    With `--deploy` alone: a worker that starts while the provider is away has to wait for it.
    """
    try:
        keys.wake()
    except KeyringError as error:
        hint = 'See docs/operations.md, "Keys in KMS or Vault".'
        return [Error(str(error), hint=hint, id="tokens.E006")]
    return []


@register(Tags.security)
def check_deadman(**_: Any) -> list[CheckMessage]:
    """tokens.E004: the address of the dead-man's switch must be one that may be called."""
    if settings.DEADMAN_URL:
        try:
            check_url(settings.DEADMAN_URL)
        except DeadmanError as error:
            hint = "Take the ping address of the service as it is, or leave DEADMAN_URL unset."
            return [Error(str(error), hint=hint, id="tokens.E004")]
    return []


@register(Tags.security)
def check_single_sign_on(**_: Any) -> list[CheckMessage]:
    """tokens.E007: settings of single sign-on that make no sense together."""
    from tokens.policy.sign_on_settings import NAMES, problems

    given = {name: getattr(settings, name) for name in NAMES}
    hint = "docs/guide/single-sign-on.md tells what to set for which provider."
    return [
        Error(problem, hint=hint, id="tokens.E007")
        for problem in problems(given, production=settings.PRODUCTION)
    ]


@register(Tags.database)
def check_known_keys(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """tokens.E005: the keys must be those that this database was filled with (design.md)."""
    from tokens.models import KeyRecord
    from tokens.services.key_records import require_known_keys

    names = {
        name for each in databases or () for name in connections[each].introspection.table_names()
    }
    if KeyRecord._meta.db_table not in names:
        return []  # before the first migrate
    try:
        require_known_keys()
    except KeyringError as error:
        hint = "Give this process the keys that were backed up with this database."
        return [Error(str(error), hint=hint, id="tokens.E005")]
    return []


@register(Tags.database)
def check_second_person(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """tokens.W001: with the two-person rule on, somebody has to be there who can approve."""
    from tokens.models import Account

    if not databases or not settings.TWO_PERSON_RULE:
        return []
    if Account._meta.db_table not in connections[DEFAULT_DB_ALIAS].introspection.table_names():
        return []  # before the first migrate
    if Account.objects.administrators().count() != 1:
        return []  # before the set-up nobody asks for anything yet
    message = "TWO_PERSON_RULE is on, and a single administrator has nobody who could approve."
    hint = "Add another administrator on the page Team, or unset the variable on the host."
    return [CheckWarning(message, hint=hint, id="tokens.W001")]


@register(Tags.database)
def check_audit_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """tokens.E003: the database must refuse changes of the audit trail (design.md)."""
    from tokens.audit import triggers

    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if "tokens_auditevent" not in connection.introspection.table_names():
            continue  # before the first migrate
        if missing := triggers.unguarded(connection):
            found.append(
                Error(
                    f"The audit trail is not protected: missing {', '.join(missing)}.",
                    hint="Run verify_audit, then `migrate --skip-checks`, which puts them back.",
                    id="tokens.E003",
                )
            )
    return found
