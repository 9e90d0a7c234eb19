"""The whole story on one clock: 200 tokens, every answer, 100 days of reminders, rotation, three
revocations, the audit trail and its tampering, and a search for plaintext at the end.

Real HTTP, real SMTP, the database of the run (SQLite, and PostgreSQL in CI).
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.factories import make_account, token_value
from tests.journeys.leaks import database_dump, found_in
from tests.journeys.oracle import Oracle
from tests.notifications.sink import Sink, running
from tests.probing.conftest import Clock, Scene
from tests.stand_in import StandIn, World
from tokens.audit import system, triggers, verify
from tokens.models import AuditEvent, Incident, Notice, Revocation, Secret, Token
from tokens.policy.days import midnight, utc_day
from tokens.selectors.wrong_target import behind_contradiction
from tokens.services.deliver import deliver_due
from tokens.services.export_inventory import export_inventory
from tokens.services.import_csv import import_csv
from tokens.services.policy_in_force import rules_in_force
from tokens.services.record_revocation import record_revocation
from tokens.services.remind import plan_reminders
from tokens.services.rotation import probe_candidates, start_rotation, submit_value

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
]
ACTOR = system("tests")
START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
HEADER = (
    "company,workspace_id,integration,environment,scope,owner_email,created_by_email,"
    "issued_at,token,label,held"
)
#: Every answer of coolset-api.md, with the outcome it must have.
ANSWERS = {
    "forbidden": "forbidden",
    "unauthorized": "unauthorized",
    "throttled": "throttled",
    "html403": "unusable",
    "html200": "unusable",
    "html401": "unusable",
    "redirect": "unusable",
    "407": "unusable",
    "408": "unusable",
    "404": "unusable",
    "409": "unusable",
    "422": "unusable",
    "400": "unusable",
    "500": "unusable",
    "502": "unusable",
    "503": "unusable",
    "504": "unusable",
    "reset": "unreachable",
    "truncated": "unusable",
    "huge": "unusable",
    "gzip_bomb": "unusable",
    "drip": "unreachable",
    "detail_missing": "unusable",
}


@pytest.fixture
def story(settings: Any) -> Iterator[Scene]:
    clock = Clock(START)
    with StandIn(World(clock=clock.stamp)) as coolset:
        settings.COOLSET_API_URL = coolset.url
        settings.COOLSET_TIMEOUT = 2
        yield Scene(coolset, clock)


def csv_of_200(story: Scene) -> tuple[bytes, list[str]]:
    """40 integrations in 10 companies, ages up to 110 days, some without owner, age or value."""
    modes = list(ANSWERS)
    lines, values = [HEADER], []
    for number in range(200):
        value = token_value()
        held = number % 25 != 24
        issued = START - timedelta(days=(number * 7) % 111)
        owner = "" if number % 40 == 13 else f"owner{number % 6}@acme.example"
        when = "" if number % 50 == 7 else issued.date().isoformat()
        lines.append(
            f"Acme {number % 10},{500 + number % 10},Integration {number // 5},"
            f"{'production' if number % 2 else 'development'},read,{owner},,{when},"
            f"{value if held else ''},n{number},{'yes' if held else 'no'}"
        )
        if held:
            values.append(value)
            mode = modes[number - 100] if 100 <= number < 100 + len(modes) else "valid"
            config = {"workspace_id": 500 + number % 10}
            options = {"to": "http://127.0.0.1:9/"} if mode == "redirect" else {}
            story.coolset.seed(value, mode, config=config, options=options)
    return "\n".join(lines).encode(), values


def take_stock(story: Scene) -> dict[str, Token]:
    return {
        token.label: token
        for token in Token.objects.select_related("secret", "company", "integration", "owner")
    }


def test_the_whole_story(story: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make_account("boss@acme.example")
    data, values = csv_of_200(story)
    result = import_csv(
        source=data, dry_run=False, allow_shared=False, actor=ACTOR, now=story.clock.now
    )
    assert (result.created, result.companies, result.integrations) == (200, 10, 40)

    check_every_answer(story)
    with running() as sink:
        remind_for_a_hundred_days(story, sink)
        rotate_one(story, values)
        revoke_three(story, values)
        deliver_due(now=story.clock.now, connection_factory=sink.backend)
        alerts = [m for m in sink.arrived if "still works" in str(m["Subject"]).lower()]
        assert alerts, "a contradicted revocation is mailed at once"
        mails = b"\n".join(bytes(message) for message in sink.arrived)

    out = io.StringIO()
    export_inventory(
        format="csv", out=out, rules=rules_in_force(), now=story.clock.now, actor=ACTOR
    )
    whole = verify()
    assert whole.ok
    assert whole.entries == AuditEvent.objects.count()
    everywhere = database_dump() + mails + out.getvalue().encode() + caplog.text.encode()
    assert found_in(everywhere, values) == []
    tamper()


def check_every_answer(story: Scene) -> None:
    swept = story.sweep()
    assert swept.checked == 192
    stock = take_stock(story)
    for number, (mode, outcome) in enumerate(ANSWERS.items()):
        secret = stock[f"n{100 + number}"].secret
        assert secret.last_outcome == outcome, mode
    assert Counter(Secret.objects.values_list("health", flat=True)) == {
        "valid": 192 - len(ANSWERS),
        "insufficient": 1,
        "unchecked": 8 + len(ANSWERS) - 1,
    }
    assert not Incident.objects.exists()
    story.sweep(minutes=6)
    assert stock["n101"].secret_id in set(
        Secret.objects.filter(health="failing").values_list("pk", flat=True)
    )


def remind_for_a_hundred_days(story: Scene, sink: Sink) -> None:
    """Every mail of every day is what the pure rules say, counted from outside."""
    oracle = Oracle(rules_in_force().base, administrators=["boss@acme.example"])
    for day in range(100):
        now = midnight(utc_day(START)) + timedelta(days=day, hours=7)
        story.clock.now = now
        expected = oracle.due(now)
        before = len(sink.arrived)
        plan_reminders(now=now)
        deliver_due(now=now, connection_factory=sink.backend)
        day_start = midnight(utc_day(now))
        told = Notice.objects.filter(kind="reminder", sent_at__gte=day_start)
        rows = told.values_list("token__label", "threshold", "recipient")
        assert sorted(rows) == expected, f"day {day}"
        recipients = {recipient for _, _, recipient in expected}
        reminded = [m for m in sink.arrived[before:] if str(m["To"]) in recipients]
        assert len({str(m["To"]) for m in reminded}) == len(recipients)


def rotate_one(story: Scene, values: list[str]) -> None:
    old = take_stock(story)["n0"]
    value = token_value()
    values.append(value)
    story.coolset.seed(value, "valid", config={"workspace_id": 500})
    rotation = start_rotation(token=old, actor=ACTOR, now=story.clock.now)
    submit_value(
        rotation=rotation,
        value=value,
        issued_at=story.clock.now,
        actor=ACTOR,
        now=story.clock.now,
    )
    assert probe_candidates(clock=story.clock) == 1
    old.refresh_from_db()
    new = Token.objects.get(replaces=old)
    assert (old.state, new.state) == ("replaced", "active")


def revoke_three(story: Scene, values: list[str]) -> None:
    """One confirmed, one contradicted; and one of the same company hit instead of it."""
    stock = take_stock(story)
    story.clock.advance(hours=3)
    story.sweep()
    gone, meant, hit = stock["n0"], stock["n1"], stock["n11"]
    assert meant.company_id == hit.company_id
    for token in (gone, hit):
        story.coolset.revoke(_value_of(token, values))
    for token in (gone, meant):
        record_revocation(
            token=token,
            reason="rotated",
            by="boss@acme.example",
            actor=ACTOR,
            now=story.clock.now,
        )
    story.sweep()
    story.sweep(minutes=6)
    proofs = {r.token_id: r for r in Revocation.objects.all()}
    assert Token.objects.get(pk=gone.pk).secret.revocation.proof == "confirmed"
    assert proofs[gone.pk].witness_count > 10
    assert Token.objects.get(pk=meant.pk).secret.revocation.proof == "contradicted"
    assert [target.hit.id for target in behind_contradiction(proofs[meant.pk])] == [hit.pk]
    story.clock.advance(hours=25)
    story.probe(gone)
    assert Token.objects.get(pk=gone.pk).sealed is None


def _value_of(token: Token, values: list[str]) -> str:
    """Test values are recognised as the product recognises them: by fingerprint."""
    from tokens.keys import fingerprint_key
    from tokens.vault.fingerprints import fingerprint

    wanted = bytes(Secret.objects.get(pk=token.secret_id).fingerprint or b"")
    return next(v for v in values if fingerprint(fingerprint_key(), v) == wanted)


def tamper() -> None:
    """Whoever owns the database can rewrite it; the chain tells which entry."""
    triggers.uninstall(connection)
    victim = AuditEvent.objects.filter(kind="revocation.recorded").order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tokens_auditevent SET actor_name = %s WHERE id = %s", ["nobody", victim.pk]
        )
    found = verify()
    assert (found.ok, found.first_bad) == (False, victim.pk)
    triggers.install(connection)
