import re
import secrets
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tokens.audit import Event, describe
from tokens.audit.cleaning import MASK, UndeclaredFact, clean_data, clean_text
from tokens.audit.events import allowed_facts
from tokens.audit.facts import FACTS, SENTENCES
from tokens.models import AuditEvent


def test_every_event_is_described_and_nothing_else_is() -> None:
    kinds = {event.value for event in Event}
    assert set(SENTENCES) == kinds
    assert set(FACTS) == kinds
    assert len(set(SENTENCES.values())) == len(kinds)


@pytest.mark.parametrize("event", Event)
def test_names_are_plain_and_fit_their_column(event: Event) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.value)
    assert len(event.value) <= (AuditEvent._meta.get_field("kind").max_length or 0)
    assert describe(event.value)[0].isupper()
    assert all(re.fullmatch(r"[a-z_]+", name) for name in allowed_facts(event))


@pytest.mark.parametrize("name", ["token", "value", "secret", "password", "ciphertext"])
def test_no_event_of_a_token_declares_a_fact_that_could_be_its_value(name: str) -> None:
    with_it = {event.value for event in Event if name in allowed_facts(event)}
    assert with_it <= {"identify.asked"}  # there it is the id that was found


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match=r"token\.eaten"):
        describe("token.eaten")


def test_facts_become_canonical_json() -> None:
    facts = {
        "old": None,
        "new": ["b", True, 3],
        "reason": "zoë\nsaid so",
        "by": UUID(int=1),
    }
    assert clean_data(Event.TOKEN_EDITED, facts) == (
        '{"by":"00000000-0000-0000-0000-000000000001","new":["b",true,3],"old":null,'
        '"reason":"zo\\u00eb said so"}'
    )


def test_dates_are_written_as_text() -> None:
    facts = {"due_at": date(2026, 3, 1), "issued_at": datetime(2026, 3, 1, tzinfo=UTC)}
    assert clean_data(Event.TOKEN_REGISTERED, facts) == (
        '{"due_at":"2026-03-01","issued_at":"2026-03-01T00:00:00.000000Z"}'
    )


def test_an_undeclared_fact_is_refused_without_its_value() -> None:
    value = secrets.token_hex(8)
    with pytest.raises(UndeclaredFact) as caught:
        clean_data(Event.TOKEN_REGISTERED, {"value": value})
    assert "value" in str(caught.value)
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", [1.5, b"bytes", {"a": 1}, object(), ["x", {"a": 1}]])
def test_other_kinds_of_values_are_refused(value: object) -> None:
    with pytest.raises(UndeclaredFact, match="old cannot hold"):
        clean_data(Event.TOKEN_EDITED, {"old": value})


def test_long_text_is_cut_and_long_lists_say_what_is_left_out() -> None:
    assert clean_text("x" * 501) == "x" * 499 + "…"
    assert clean_text("x" * 500) == "x" * 500
    assert '"… and 3 more"]' in clean_data(
        Event.TOKEN_EDITED, {"new": list(range(503))}
    ).encode().decode("unicode_escape")


@pytest.mark.parametrize("before", ["", "pasted: ", "Bearer ", "Authorization: Api-Key "])
def test_a_pasted_token_is_masked_even_where_it_would_be_cut(before: str) -> None:
    token = "sk_" + "live_" + secrets.token_hex(12)
    padded = "x" * (500 - len(before) - 20) + " " + before + token
    for text in (before + token, padded):
        assert token[8:16] not in clean_text(text)
    assert clean_text(token) == MASK


def test_a_hint_is_no_secret() -> None:
    hint = "sk_" + "live_…1a2b"
    assert clean_text(hint) == hint


@pytest.mark.parametrize("prefix", ["ctg_", "ctgk_", "ctc_"])
def test_our_own_secrets_are_kept_out_and_their_hints_are_not(prefix: str) -> None:
    secret = prefix + secrets.token_urlsafe(32)
    assert clean_text(f"the key {secret}, as sent") == f"the key {MASK}, as sent"
    assert clean_text(f"{prefix}…{secret[-4:]}") == f"{prefix}…{secret[-4:]}"
