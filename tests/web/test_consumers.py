"""What uses an integration's tokens, and the checklist on the page of a replaced one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_integration, make_token, token_value
from tests.web.test_queries import queries
from tokens.models import Consumer, ConsumerSwitch, Integration, Token, Usage
from tokens.policy.usage import HourMap
from tokens.services.consumers import add_consumer, retire_consumer
from tokens.services.switch_consumer import switch_consumer

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def replaced() -> Token:
    token = make_token(integration_name="ERP sync", company_name="Acme GmbH")
    at = timezone.now() - timedelta(days=2)
    Token.objects.filter(pk=token.pk).update(state="replaced", replaced_at=at)
    make_token(integration=token.integration, company=token.company, row={"replaces": token})
    return token


def consumer(one: Integration, name: str = "Nightly export", **fields: str) -> Consumer:
    return add_consumer(
        integration=one, name=name, actor=ACTOR, now=timezone.now() - HOUR, **fields
    )


def seen_by_headers(token: Token) -> None:
    now = timezone.now()
    hours = HourMap().mark(now, seen=True)
    looked, seen = hours.to_text()
    Usage.objects.create(
        secret=token.secret, source="headers", first_seen_at=now, last_seen_at=now,
        anchor_at=hours.anchor, looked=looked, seen=seen,
    )  # fmt: skip


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def tick(client: Client, token: Token, one: Any, switched: str = "yes") -> Any:
    data = {"consumer": str(one), "switched": switched}
    return client.post(f"/tokens/{token.pk}/consumers/", data)


def test_added_from_the_checklist_and_ticked_there(as_administrator: Client) -> None:
    token = replaced()
    address = f"/tokens/{token.pk}/"
    first = page(as_administrator, address)
    assert "Nobody can tell yet whether it is still used." in first
    assert "Nobody has recorded what uses ERP sync’s tokens" in first
    answer = as_administrator.post(
        f"/integrations/{token.integration_id}/consumers/",
        {"name": "Nightly export on srv-12", "token": str(token.pk), "environment": ""},
    )
    assert answer["Location"] == f"{address}#safe-to-revoke"
    text = page(as_administrator, address)
    assert "Not yet: 0 of 1 consumer has switched." in text
    assert text.index('id="safe-to-revoke"') < text.index("<dl")
    one = Consumer.objects.get()
    assert tick(as_administrator, token, one.pk)["Location"] == f"{address}#safe-to-revoke"
    text = page(as_administrator, address)
    assert "Safe to revoke." in text
    assert "Uses the new one, says ada@acme.example" in text
    assert "Consumer of a replaced token switched" in text  # the story
    tick(as_administrator, token, one.pk, "no")
    assert "Not yet: 0 of 1 consumer has switched." in page(as_administrator, address)
    assert not ConsumerSwitch.objects.exists()


def test_headers_say_nothing_green(as_auditor: Client) -> None:
    token = replaced()
    found = HourMap()
    for back in range(30):
        found = found.mark(timezone.now() - back * HOUR, seen=False)
    looked, seen = found.to_text()
    Usage.objects.create(
        secret=token.secret, source="headers", anchor_at=found.anchor, looked=looked, seen=seen
    )
    text = page(as_auditor, f"/tokens/{token.pk}/")
    assert "By call count nothing seen in 30 of 46 hours looked at." in text or (
        "By call count nothing seen in 30 of 47 hours looked at." in text
    )
    assert "Safe to revoke." not in text
    assert f"/tokens/{token.pk}/consumers/" not in text, "an auditor ticks nothing"


def test_the_page_of_the_revocation_warns(as_administrator: Client) -> None:
    token = replaced()
    seen_by_headers(token)
    text = page(as_administrator, f"/tokens/{token.pk}/revoke/")
    assert "Still used." in text
    assert "Whatever uses it stops when you revoke it." in text
    one = consumer(token.integration)
    Usage.objects.all().delete()
    switch_consumer(token=token, consumer=one, actor=ACTOR, now=timezone.now())
    text = page(as_administrator, f"/tokens/{token.pk}/revoke/")
    assert "Safe to revoke." in text
    assert "stops when you revoke it" not in text


def test_no_panel_but_of_replaced_ones(as_administrator: Client) -> None:
    token = make_token()
    consumer(token.integration)
    assert "safe-to-revoke" not in page(as_administrator, f"/tokens/{token.pk}/")
    answer = as_administrator.post(
        f"/tokens/{token.pk}/consumers/",
        {"consumer": str(Consumer.objects.get().pk), "switched": "yes"},
        follow=True,
    )
    assert "only a replaced token has consumers to switch" in answer.content.decode()


def test_ticks_of_nobody_change_nothing(as_administrator: Client) -> None:
    token = replaced()
    stranger = consumer(make_integration())
    for wrong in ("", "x", stranger.pk, token.pk):
        assert tick(as_administrator, token, wrong).status_code == 302
    assert not ConsumerSwitch.objects.exists()


def test_the_list_is_kept(as_administrator: Client, as_auditor: Client) -> None:
    one = make_integration("ERP sync")
    address = f"/integrations/{one.pk}/consumers/"
    assert "Nothing is recorded yet" in page(as_auditor, address)
    for name, environment in (("Nightly export", "production"), ("Ada’s laptop", "development")):
        as_administrator.post(address, {"name": name, "environment": environment})
    text = page(as_administrator, address)
    assert "Nightly export" in text
    assert "Nightly export" in page(as_auditor, f"/integrations/{one.pk}/")
    assert "Retire" not in page(as_auditor, address)
    export = Consumer.objects.get(name="Nightly export")
    edit = f"{address}{export.pk}/"
    assert 'value="Nightly export"' in page(as_administrator, edit)
    as_administrator.post(edit, {"name": "Export", "where": "srv-12", "environment": ""})
    export.refresh_from_db()
    assert (export.name, export.where, export.environment) == ("Export", "srv-12", "")
    as_administrator.post(f"{edit}retire/")
    text = page(as_administrator, address)
    assert "Export was retired" in text
    assert "until" in text
    assert as_administrator.get(edit).status_code == 404
    assert as_administrator.post(f"{edit}retire/").status_code == 404


def test_what_cannot_be_taken_is_named_and_a_token_is_not_repeated(
    as_administrator: Client,
) -> None:
    one = make_integration()
    consumer(one, "Export")
    address = f"/integrations/{one.pk}/consumers/"
    secret = token_value()
    for data, words in (
        ({"name": ""}, "This field is required."),
        ({"name": "Export"}, "Is recorded already."),
        ({"name": f"job {secret}"}, "Contains a token"),
        ({"name": "x", "where": secret}, "Contains a token"),
        ({"name": "x", "environment": "moon"}, "Select a valid choice"),
    ):
        answer = as_administrator.post(address, data)
        text = answer.content.decode()
        assert answer.status_code == 400
        assert words in text
        assert secret not in text
    assert Consumer.objects.count() == 1


def test_a_way_back_leads_nowhere_else(as_administrator: Client) -> None:
    one, stranger = make_integration(), make_token()
    address = f"/integrations/{one.pk}/consumers/"
    for number, back in enumerate(("", "//evil.example/", str(stranger.pk))):
        answer = as_administrator.post(address, {"name": f"c{number}", "token": back})
        assert answer["Location"] == address


def test_a_checklist_costs_the_page_few_queries(as_auditor: Client) -> None:
    token = replaced()
    address = f"/tokens/{token.pk}/"
    for number in range(3):
        consumer(token.integration, f"c{number}")
    few = queries(as_auditor, address)
    for number in range(20):
        consumer(token.integration, f"more {number}")
    assert queries(as_auditor, address) == few <= 17


def test_a_retired_one_is_on_no_checklist(as_auditor: Client) -> None:
    token = replaced()
    gone = consumer(token.integration, "Old laptop")
    retire_consumer(consumer=gone, actor=ACTOR, now=timezone.now())
    assert "Old laptop" not in page(as_auditor, f"/tokens/{token.pk}/")
