import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from tests.audit.helpers import ACTOR, COMPANY, NOW, TOKEN, write
from tokens.audit import (
    Actor,
    AuditUnavailable,
    Event,
    Subject,
    account,
    api_key,
    audited,
    command_line,
    head,
    verify,
)
from tokens.audit.chain import GENESIS
from tokens.audit.cleaning import UndeclaredFact
from tokens.models import AuditEvent, Company
from tokens.models.audit import AppendOnly, ChainHead

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


def test_an_entry_holds_who_what_and_where() -> None:
    with audited(actor=Actor("account", "ann@example.org", "7"), now=NOW) as trail:
        trail.add(Event.TOKEN_EDITED, TOKEN, company=COMPANY, fields=["label"])
        assert kinds() == []  # written last, so that the head is locked shortly
    entry = AuditEvent.objects.get()
    assert (entry.id, entry.at, entry.kind) == (1, NOW, "token.edited")
    assert (entry.actor_kind, entry.actor_name, entry.actor_id) == (
        "account",
        "ann@example.org",
        "7",
    )
    assert (entry.subject_type, entry.subject_id, entry.subject_name) == (
        "token",
        "0190",
        "Invoices in production",
    )
    assert (entry.company_id, entry.company_name) == ("0191", "Acme")
    assert json.loads(entry.data) == {"fields": ["label"]}
    assert entry.previous_hash == GENESIS
    assert head() == (1, entry.hash)


def test_a_company_stands_for_itself() -> None:
    company = Company.objects.create(name="Acme", created_at=NOW)
    with audited(actor=ACTOR, now=NOW) as trail:
        trail.add(Event.COMPANY_CREATED, company)
    entry = AuditEvent.objects.get()
    assert (entry.subject_type, entry.subject_id) == ("company", str(company.pk))
    assert (entry.company_id, entry.company_name) == (str(company.pk), entry.subject_name)


def test_an_exception_writes_neither_act_nor_entry() -> None:
    with pytest.raises(ZeroDivisionError), audited(actor=ACTOR, now=NOW) as trail:  # noqa: PT012
        Company.objects.create(name="Acme", created_at=NOW)
        trail.add(Event.COMPANY_CREATED, TOKEN)
        raise ZeroDivisionError
    assert (kinds(), Company.objects.count(), head()) == ([], 0, (0, GENESIS))


def test_an_undeclared_fact_stops_the_act() -> None:
    with pytest.raises(UndeclaredFact), audited(actor=ACTOR, now=NOW) as trail:  # noqa: PT012
        Company.objects.create(name="Acme", created_at=NOW)
        trail.add(Event.COMPANY_CREATED, TOKEN, password="x")
    assert Company.objects.count() == 0


def test_a_missing_head_fails_closed(audit_triggers_dropped: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tokens_chainhead")
    with pytest.raises(AuditUnavailable), audited(actor=ACTOR, now=NOW) as trail:  # noqa: PT012
        Company.objects.create(name="Acme", created_at=NOW)
        trail.add(Event.COMPANY_CREATED, TOKEN)
    assert (kinds(), Company.objects.count()) == ([], 0)


def test_nothing_added_needs_no_head(audit_triggers_dropped: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tokens_chainhead")
    with audited(actor=ACTOR, now=NOW):
        Company.objects.create(name="Acme", created_at=NOW)
    assert Company.objects.count() == 1


def test_a_nested_block_joins_and_keeps_its_own_actor_and_moment() -> None:
    later = NOW + timedelta(minutes=1)
    with audited(actor=ACTOR, now=NOW) as outer:
        outer.add(Event.TOKEN_EDITED, TOKEN)
        with audited(actor=Actor("account", "ann@example.org"), now=later) as inner:
            inner.add(Event.TOKEN_OWNER_CHANGED, TOKEN)
        assert kinds() == []
        outer.add(Event.TOKEN_UNREADABLE, TOKEN)
    assert kinds() == ["token.edited", "token.owner_changed", "token.unreadable"]
    second = AuditEvent.objects.get(id=2)
    assert (second.actor_name, second.at) == ("ann@example.org", later)
    assert verify().ok


def test_a_nested_block_that_fails_takes_only_its_own_along() -> None:
    with audited(actor=ACTOR, now=NOW) as outer:
        outer.add(Event.TOKEN_EDITED, TOKEN)
        with pytest.raises(ZeroDivisionError), audited(actor=ACTOR, now=NOW) as inner:  # noqa: PT012
            Company.objects.create(name="Acme", created_at=NOW)
            inner.add(Event.COMPANY_CREATED, TOKEN)
            raise ZeroDivisionError
        outer.add(Event.TOKEN_UNREADABLE, TOKEN)
    assert kinds() == ["token.edited", "token.unreadable"]
    assert Company.objects.count() == 0


def test_a_trail_is_closed_when_its_block_was_left() -> None:
    with audited(actor=ACTOR, now=NOW) as trail:
        pass
    with pytest.raises(RuntimeError, match="already written"):
        trail.add(Event.TOKEN_EDITED, TOKEN)


def test_a_naive_moment_is_refused_before_anything_happens() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"), audited(actor=ACTOR, now=naive):
        Company.objects.create(name="Acme", created_at=NOW)
    assert Company.objects.count() == 0


def test_ten_thousand_entries_at_once_take_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    started = time.perf_counter()
    with django_assert_max_num_queries(5):  # begin, head, insert, head, end
        write(10_000)
    assert time.perf_counter() - started < 20  # a hang, not a benchmark
    assert verify().entries == 10_000


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(max_size=400), reason=st.text(max_size=600))
def test_any_text_can_be_stored_and_verified(name: str, reason: str) -> None:
    with audited(actor=Actor("command", name, name), now=NOW) as trail:
        subject = Subject("token", name, name)
        trail.add(Event.TOKEN_EDITED, subject, company=subject, reason=reason, new=[name])
    assert verify().ok


def test_models_and_managers_refuse_writes() -> None:
    write(1)
    entry = AuditEvent.objects.get()
    refusals: list[Callable[[], object]] = [
        entry.save,
        entry.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(kind="x"),
        lambda: AuditEvent.objects.create(id=2),
        lambda: AuditEvent.objects.bulk_create([entry]),
        lambda: AuditEvent.objects.bulk_update([entry], ["kind"]),
        lambda: AuditEvent.objects.get_or_create(id=2),
        lambda: AuditEvent.objects.update_or_create(id=1, defaults={"kind": "x"}),
        ChainHead.objects.all().delete,
        lambda: ChainHead.objects.update(number=9),
    ]
    for refused in refusals:
        with pytest.raises(AppendOnly), transaction.atomic():
            refused()


def test_actors() -> None:
    user = get_user_model()(email="ann@example.org")
    assert account(user) == Actor("account", "ann@example.org", str(user.pk))
    assert api_key(name="Billing", key_id=3) == Actor("api_key", "Billing", "3")
    assert command_line().kind == "command"
    assert command_line().name.startswith("command line, OS user ")


@pytest.mark.django_db(transaction=True)
def test_writers_side_by_side_make_one_chain() -> None:
    """Threads have their own connections: none joins another's block, none forks the chain."""
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                write(3)
        except BaseException as fault:  # told to the test below
            faults.append(fault)
        finally:
            connection.close()

    with audited(actor=ACTOR, now=NOW):  # open here, written nothing: not to be joined
        pass
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    assert (verify().entries, verify().ok) == (120, True)
