"""safe_to_revoke: the same answer as the page's, for people and for scripts."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import ACTOR, make_token
from tokens.models import Token
from tokens.services.consumers import add_consumer
from tokens.services.switch_consumer import switch_consumer

pytestmark = pytest.mark.django_db


def replaced() -> Token:
    at = timezone.now() - timedelta(days=1)
    return make_token(row={"state": "replaced", "replaced_at": at})


def said(token: Any, *options: str) -> str:
    out = io.StringIO()
    call_command("safe_to_revoke", str(token), *options, stdout=out)
    return out.getvalue()


def test_words_and_the_list() -> None:
    token = replaced()
    assert said(token.pk).startswith("Nobody can tell yet whether it is still used.\n")
    for name in ("Export", "Laptop"):
        one = add_consumer(
            integration=token.integration, name=name, actor=ACTOR, now=timezone.now()
        )
    switch_consumer(token=token, consumer=one, actor=ACTOR, now=timezone.now())
    text = said(token.pk)
    assert text.startswith("Not yet: 1 of 2 consumers have switched.\n")
    assert "[ ] Export\n[x] Laptop" in text


def test_json() -> None:
    token = replaced()
    one = add_consumer(integration=token.integration, name="x", actor=ACTOR, now=timezone.now())
    switch_consumer(token=token, consumer=one, actor=ACTOR, now=timezone.now())
    found = json.loads(said(token.pk, "--json").splitlines()[-1])
    assert (found["id"], found["answer"], found["why"]) == (str(token.pk), "safe", "all_switched")
    assert found["consumers"][0]["switched_at"]
    assert (found["last_seen_at"], found["last_seen_by"], found["hours_looked"]) == (None, None, 0)


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-7000-8000-000000000000", "active"])
def test_bad_input_ends_with_two(wrong: str, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        said(make_token().pk if wrong == "active" else wrong)
    assert ended.value.code == 2
