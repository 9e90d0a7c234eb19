"""Which token is this?"""

import pytest

from tests.factories import ACTOR, NOW, make_token, token_value
from tokens.errors import InvalidInput
from tokens.keys import fingerprint_key
from tokens.models import AuditEvent, Rotation
from tokens.models.base import new_id
from tokens.services.identify import identify
from tokens.vault.fingerprints import fingerprint

pytestmark = pytest.mark.django_db


def test_every_row_of_a_value_is_found_in_any_state() -> None:
    value = token_value()
    rows = [make_token(value=value, allow_shared=True, company_name=name) for name in "AB"]
    make_token()
    type(rows[0]).objects.filter(pk=rows[0].pk).update(state="revoked")
    found = identify(value=value, actor=ACTOR, now=NOW)
    assert {token.pk for token in found.tokens} == {row.pk for row in rows}
    entry = AuditEvent.objects.latest("id")
    assert (entry.kind, '"found":true' in entry.data) == ("identify.asked", True)
    assert all(str(row.pk) in entry.data for row in rows)
    assert value not in entry.data


def test_a_value_that_waits_in_a_rotation_is_found() -> None:
    value = token_value()
    rotation = Rotation.objects.create(
        token=make_token(),
        new_token_id=new_id(),
        status="probing",
        sealed=b"x",
        key_id="k",
        fingerprint=fingerprint(fingerprint_key(), value),
        started_at=NOW,
        started_by="a@example.com",
    )
    found = identify(value=value, actor=ACTOR, now=NOW)
    assert (found.tokens, found.waiting) == ([], [rotation])


def test_an_unknown_value_is_audited_too() -> None:
    value = token_value()
    assert not identify(value=value, actor=ACTOR, now=NOW)
    assert AuditEvent.objects.get().data == '{"found":false,"token":[]}'


@pytest.mark.parametrize("tail", ["\n", "\0", "\u2019", " x", "x" * 1_000_000])
def test_what_cannot_be_a_token_is_refused_without_an_echo(tail: str) -> None:
    value = token_value() + tail
    with pytest.raises(InvalidInput) as caught:
        identify(value=value, actor=ACTOR, now=NOW)
    assert caught.value.field == "token"
    assert value[:20] not in repr(caught.value)
    assert caught.value.__context__ is None
