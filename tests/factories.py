"""What tests start from: rows made through the services, with values made at run time.

Every function takes what matters to a test as keywords and invents the rest. `NOW` is the moment
of a test that does not care which; time is passed in, never patched.
"""

import itertools
import secrets
from datetime import UTC, datetime
from typing import Any, TypedDict

from typing_extensions import Unpack

from tokens.audit import Actor, account
from tokens.models import Account, Company, Integration, Person, Secret, Token
from tokens.policy.days import midnight, utc_day
from tokens.policy.vocabulary import Health, Role
from tokens.services.entries import Entry
from tokens.services.register import register_token

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACTOR = Actor("system", "tests")

_numbers = itertools.count(1)


def token_value(prefix: str = "sk_" + "live_") -> str:
    """A fresh value in the vendor's shape; never a literal, so that the repository holds none."""
    return prefix + secrets.token_hex(12)


def make_company(name: str | None = None, *, workspace_id: int | None = None) -> Company:
    name = name or f"Company {next(_numbers)} GmbH"
    return Company.objects.create(name=name, workspace_id=workspace_id, created_at=NOW)


def make_integration(name: str | None = None, **columns: Any) -> Integration:
    name = name or f"Integration {next(_numbers)}"
    return Integration.objects.create(name=name, created_at=NOW, **columns)


def make_person(email: str | None = None) -> Person:
    return Person.objects.create(email=email or f"p{next(_numbers)}@example.com", created_at=NOW)


def make_account(
    email: str | None = None, *, role: Role = Role.ADMINISTRATOR, password: str | None = None
) -> Account:
    email = email or f"admin{next(_numbers)}@example.com"
    return Account.objects.create_account(email=email, role=role, password=password)


def actor_of(user: Account) -> Actor:
    return account(user)


class EntryFields(TypedDict, total=False):
    company_name: str
    workspace_id: int | None
    integration_name: str
    environment: str
    scope: str
    owner_email: str
    created_by_email: str
    issued_at: datetime | None
    value: str | None
    label: str
    where: str
    runbook_url: str
    line: int | None


def make_entry(**fields: Unpack[EntryFields]) -> Entry:
    """An entry that can be stored: own integration and company, production, read, issued today."""
    number = next(_numbers)
    defaults: EntryFields = {
        "company_name": f"Company {number} GmbH",
        "integration_name": f"Integration {number}",
        "environment": "production",
        "scope": "read",
        "owner_email": f"owner{number}@example.com",
        "issued_at": midnight(utc_day(NOW)),
        "value": token_value(),
    }
    return Entry(**(defaults | fields))


def make_token(
    *,
    now: datetime = NOW,
    allow_shared: bool = False,
    company: Company | None = None,
    integration: Integration | None = None,
    secret: dict[str, Any] | None = None,
    row: dict[str, Any] | None = None,
    **fields: Unpack[EntryFields],
) -> Token:
    """A token stored at `now` through the service; `value=None` makes one that is not held.

    `secret` and `row` are columns of the two rows that are set afterwards, past all services, for
    states that would take a story to reach: `secret={"health": "failing", "refused_since": NOW}`.
    """
    if company is not None:
        fields["company_name"] = company.name
    if integration is not None:
        fields["integration_name"] = integration.name
    token = register_token(
        entry=make_entry(**fields), allow_shared=allow_shared, actor=ACTOR, now=now
    )
    if secret:
        Secret.objects.filter(pk=token.secret_id).update(**secret)
    if row:
        Token.objects.filter(pk=token.pk).update(**row)
    related = ("secret", "company", "integration", "owner", "created_by")
    return Token.objects.select_related(*related).get(pk=token.pk)


def accepted(at: datetime = NOW) -> dict[str, Any]:
    """Columns of a secret that Coolset accepted at `at`."""
    return {
        "health": Health.VALID.value,
        "last_checked_at": at,
        "last_outcome": "valid",
        "last_conclusive_at": at,
        "last_accepted_at": at,
    }


def failing(since: datetime = NOW, *, accepted_at: datetime | None = None) -> dict[str, Any]:
    """Columns of a secret refused since then; `accepted_at`: it worked here before."""
    return {
        "health": Health.FAILING.value,
        "refused_since": since,
        "last_checked_at": since,
        "last_outcome": "unauthorized",
        "last_conclusive_at": since,
        "last_accepted_at": accepted_at,
    }
