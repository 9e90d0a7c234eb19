"""Resealing: every stored value opens with the new key alone, and what no key opens stays."""

from __future__ import annotations

from typing import Any

import pytest

from coolset_admin.local_keys import new_keyring, public_of
from tests.factories import ACTOR, NOW, make_token, token_value
from tokens.keys import private_keyring
from tokens.models import AuditEvent, Rotation, Token
from tokens.models.lifecycle import RotationStatus
from tokens.services.rotate_keys import Resealed, count_to_reseal, rotate_keys
from tokens.vault.binding import Binding
from tokens.vault.keyring import parse_private
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed

pytestmark = pytest.mark.django_db


def use_new_key(settings: Any, *, keep: bool = True) -> str:
    fresh = new_keyring()
    settings.TOKEN_KEYS = f"{fresh},{settings.TOKEN_KEYS}" if keep else fresh
    settings.TOKEN_PUBLIC_KEY = public_of(fresh)
    return fresh


def opened(row: Token | Rotation, keys: str) -> str:
    token, token_id = (row.token, row.new_token_id) if isinstance(row, Rotation) else (row, row.pk)
    binding = Binding(token.company_id, token.integration_id, token.environment, token_id)
    sealed = Sealed(row.key_id, bytes(row.sealed or b""))
    return open_sealed(parse_private(keys), sealed, binding).decode()


def test_tokens_and_waiting_rotations_open_with_the_new_key_alone(settings: Any) -> None:
    value = token_value()
    token = make_token(value=value)
    other = make_token()
    # A value that waits in a rotation is sealed for the token that it may become.
    waiting = Rotation.objects.create(
        token=other, new_token_id=token.pk, status=RotationStatus.WAITING.value,
        sealed=other.sealed, key_id=other.key_id, fingerprint=bytes(32), started_at=NOW,
        started_by="a",
    )  # fmt: skip
    Rotation.objects.filter(pk=waiting.pk).update(new_token_id=other.pk)
    fresh = use_new_key(settings)
    assert count_to_reseal() == 3
    assert rotate_keys(actor=ACTOR, now=NOW) == Resealed(resealed=3, remaining=0)
    assert count_to_reseal() == 0
    token.refresh_from_db()
    waiting.refresh_from_db()
    assert opened(token, fresh) == value
    assert len(opened(waiting, fresh)) == len(value)
    assert AuditEvent.objects.filter(kind="keys.rotated").count() == 1


def test_a_second_run_finds_nothing_to_do(settings: Any) -> None:
    make_token()
    use_new_key(settings)
    rotate_keys(actor=ACTOR, now=NOW)
    assert rotate_keys(actor=ACTOR, now=NOW) == Resealed(resealed=0, remaining=0)


def test_what_no_key_opens_stays_and_is_counted(settings: Any) -> None:
    lost = make_token()
    use_new_key(settings, keep=False)
    kept = make_token()
    assert rotate_keys(actor=ACTOR, now=NOW) == Resealed(resealed=0, remaining=1)
    sealed = bytes(lost.sealed or b"")
    lost.refresh_from_db()
    assert bytes(lost.sealed or b"") == sealed
    assert private_keyring().private(kept.key_id) is not None


def test_an_end_between_batches_loses_nothing_and_the_next_run_goes_on(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokens.services.rotate_keys.BATCH", 2)
    for label in "abcde":
        make_token(label=label)
    use_new_key(settings)

    def ended(count: int) -> None:
        assert count == 2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(actor=ACTOR, now=NOW, progress=ended)
    assert count_to_reseal() == 3
    told: list[int] = []
    done = rotate_keys(actor=ACTOR, now=NOW, progress=told.append)
    assert (done, told) == (Resealed(resealed=3, remaining=0), [2, 1])


def test_what_does_not_open_holds_up_nothing_behind_it(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokens.services.rotate_keys.BATCH", 1)
    first, second, _ = sorted((make_token(label=each) for each in "abc"), key=lambda t: t.pk)
    Token.objects.filter(pk=first.pk).update(sealed=second.sealed)
    use_new_key(settings)
    assert rotate_keys(actor=ACTOR, now=NOW) == Resealed(resealed=2, remaining=1)
    assert count_to_reseal() == 1
