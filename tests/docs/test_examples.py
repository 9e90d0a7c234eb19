"""What the documents tell people to run or write does what they say."""

import re
from datetime import UTC, datetime
from textwrap import dedent

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from coolset_admin.env import BASE_DIR
from tests.docs.pages import text
from tokens.audit import Actor, audited, verify
from tokens.audit.events import Event
from tokens.audit.subjects import Subject
from tokens.models import Integration, Token
from tokens.services.import_csv import import_csv
from tokens.services.usage_keys import create_usage_key

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ACTOR = Actor("command", "command line, OS user docs", "")


def example_csv() -> bytes:
    """The lines that README shows."""
    lines = re.search(r"^ +company,integration.*?(?=\n\n)", text("README.md"), re.M | re.S)
    assert lines is not None
    return dedent(lines[0]).encode()


@pytest.mark.django_db
def test_the_table_in_readme_can_be_imported() -> None:
    result = import_csv(
        source=example_csv(), dry_run=False, allow_shared=False, actor=ACTOR, now=NOW
    )
    assert result.created == 1
    assert Token.objects.get().integration.name == "BI warehouse"


@pytest.mark.django_db
def test_the_call_in_the_guide_reports_a_use(client: Client) -> None:
    import_csv(source=example_csv(), dry_run=False, allow_shared=False, actor=ACTOR, now=NOW)
    token = Token.objects.get()
    _, plain = create_usage_key(integration=Integration.objects.get(), actor=ACTOR, now=NOW)
    path = re.search(r"curl -X POST https://[^/]+(/\S+TOKEN-ID\S+)", text("docs/guide.md"))
    assert path is not None
    address = path[1].replace("TOKEN-ID", str(token.pk))
    assert address == reverse("api-token-usage", args=[token.pk])
    answer = client.post(
        address, data="{}", content_type="application/json",
        headers={"Authorization": f"Api-Key {plain}"},
    )  # fmt: skip
    assert answer.status_code == 201
    # "It reads what is recorded of its tokens, without values": and nothing else.
    key = {"Authorization": f"Api-Key {plain}"}
    assert client.get(reverse("api-tokens"), headers=key).status_code == 200
    assert client.get(reverse("api-companies"), headers=key).status_code == 403


REFUSAL = "permission denied|must be owner|append-only"
FORBIDDEN = (
    "UPDATE tokens_auditevent SET kind = 'x'",
    "DELETE FROM tokens_auditevent",
    "TRUNCATE tokens_auditevent",
    "DROP TRIGGER audit_entry_no_change ON tokens_auditevent",
    "ALTER TABLE tokens_auditevent DISABLE TRIGGER ALL",
    "ALTER TABLE tokens_auditevent OWNER TO coolset_app",
    "DROP TABLE tokens_auditevent",
    "CREATE OR REPLACE FUNCTION tokens_audit_refuse() RETURNS trigger AS '' LANGUAGE plpgsql",
    "UPDATE tokens_chainhead SET number = 0",
    "DELETE FROM tokens_chainhead",
    "INSERT INTO tokens_chainhead (id, number, hash) VALUES (2, 0, 'x')",
    "DELETE FROM django_migrations",
)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_runtime_role_can_work_and_cannot_touch_the_trail() -> None:
    """docs/runtime-role.sql as it stands. The test's transaction takes the role away again."""
    with connection.cursor() as cursor:
        cursor.execute((BASE_DIR / "docs" / "runtime-role.sql").read_text())
        cursor.execute("SET LOCAL ROLE coolset_app")
    import_csv(source=example_csv(), dry_run=False, allow_shared=False, actor=ACTOR, now=NOW)
    with audited(actor=ACTOR, now=NOW) as trail:
        trail.add(Event.KEYS_ROTATED, Subject("keyring", "docs", "docs"), resealed=0)
    assert verify().ok
    for statement in FORBIDDEN:
        with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic():
            connection.cursor().execute(statement)
