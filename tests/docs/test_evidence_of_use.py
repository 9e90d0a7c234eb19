"""What the guide says of evidence of use is so."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.docs.pages import table_after, text
from tests.factories import ACTOR, make_token
from tokens.models import Sighting
from tokens.policy.sightings import AGENT_LENGTH, KEPT, KEPT_DAYS
from tokens.policy.usage_days import KEPT_DAYS as DAYS_REMEMBERED
from tokens.services.usage_import import COLUMNS
from tokens.services.usage_keys import create_usage_key
from tokens.web.token_use import MANY_DAYS

PAGE = "docs/guide/evidence-of-use.md"


@pytest.mark.django_db
def test_the_call_in_the_guide_names_who_used_the_token(client: Client) -> None:
    token = make_token(now=timezone.now())
    _, plain = create_usage_key(integration=token.integration, actor=ACTOR, now=timezone.now())
    body = re.search(r"-d '(\{.+?\})'", text(PAGE))
    assert body is not None
    answer = client.post(
        reverse("api-token-usage", args=[token.pk]), data=body[1], content_type="application/json",
        headers={"Authorization": f"Api-Key {plain}"},
    )  # fmt: skip
    assert answer.status_code == 201
    kept = Sighting.objects.values("address", "user_agent").get()
    assert kept == json.loads(body[1])


def test_the_columns_and_numbers_are_those_of_the_code() -> None:
    rows = table_after(text(PAGE), "## Import a log")
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(COLUMNS)
    for words in (
        f"up to {AGENT_LENGTH} characters",
        f"forgotten {KEPT_DAYS} days after",
        f"{KEPT} pairs are kept",
        f"shows {MANY_DAYS} days",
        f"days for {DAYS_REMEMBERED}",
    ):
        assert words in text(PAGE)
    assert f"{KEPT_DAYS} days after" in text("docs/security.md")
