"""Sealed values open for their own row and key, and for nothing else."""

import dataclasses
import pickle
import traceback
import uuid
from typing import Any

import pytest

from tokens.errors import VaultError
from tokens.vault.binding import Binding
from tokens.vault.keyring import Keyring, generate_private, parse_private
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed, seal


def failure(keyring: Keyring, sealed: Sealed, binding: Binding) -> VaultError:
    with pytest.raises(VaultError) as caught:
        open_sealed(keyring, sealed, binding)
    return caught.value


def test_a_value_comes_back_as_it_was(keyring: Keyring, binding: Binding, value: str) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    assert open_sealed(keyring, sealed, binding) == value.encode()
    assert sealed.key_id == "first"


def test_a_database_memoryview_opens(keyring: Keyring, binding: Binding, value: str) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    stored = Sealed(sealed.key_id, memoryview(sealed.ciphertext))  # type: ignore[arg-type]
    assert open_sealed(keyring, stored, binding) == value.encode()


def test_the_same_value_never_seals_alike(keyring: Keyring, binding: Binding, value: str) -> None:
    public = keyring.current_public()
    seals = {seal(public, value.encode(), binding).ciphertext for _ in range(20)}
    assert len(seals) == 20


def test_every_flipped_bit_fails_alike(keyring: Keyring, binding: Binding, value: str) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    errors = set()
    for position in range(len(sealed.ciphertext) * 8):
        changed = bytearray(sealed.ciphertext)
        changed[position // 8] ^= 1 << (position % 8)
        errors.add(repr(failure(keyring, Sealed(sealed.key_id, bytes(changed)), binding)))
    assert errors == {repr(VaultError())}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Binding)])
def test_a_row_with_any_other_fact_does_not_open(
    keyring: Keyring, binding: Binding, value: str, name: str
) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    other: Any = "development" if name == "environment" else uuid.uuid4()
    assert repr(failure(keyring, sealed, dataclasses.replace(binding, **{name: other}))) == repr(
        VaultError()
    )


def test_two_facts_that_change_places_do_not_open(
    keyring: Keyring, binding: Binding, value: str
) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    swapped = Binding(
        binding.integration_id, binding.company_id, binding.environment, binding.token_id
    )
    failure(keyring, sealed, swapped)


def test_parts_cannot_be_shifted_between_facts() -> None:
    assert Binding("ab", "c", "e", "t").info() != Binding("a", "bc", "e", "t").info()


def test_another_key_under_the_same_id_fails(
    keyring: Keyring, binding: Binding, value: str
) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    other = parse_private(generate_private("first"))
    assert str(failure(other, sealed, binding)) == str(VaultError())


def test_an_unknown_key_id_fails_alike(keyring: Keyring, binding: Binding, value: str) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    unknown = Sealed("second", sealed.ciphertext)
    assert str(failure(keyring, unknown, binding)) == str(VaultError())


def test_every_cut_fails_alike(keyring: Keyring, binding: Binding, value: str) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    errors = {
        repr(failure(keyring, Sealed(sealed.key_id, sealed.ciphertext[:length]), binding))
        for length in range(len(sealed.ciphertext))
    }
    assert errors == {repr(VaultError())}


def test_an_empty_value_is_not_sealed(keyring: Keyring, binding: Binding) -> None:
    with pytest.raises(VaultError):
        seal(keyring.current_public(), b"", binding)


def test_an_old_key_still_opens_after_rotation(binding: Binding, value: str) -> None:
    old, new = generate_private("old"), generate_private("new")
    sealed = seal(parse_private(old).current_public(), value.encode(), binding)
    both = parse_private(f"{new},{old}")
    resealed = seal(both.current_public(), open_sealed(both, sealed, binding), binding)
    assert resealed.key_id == "new"
    assert open_sealed(parse_private(new), resealed, binding) == value.encode()


def test_nothing_shows_the_value(keyring: Keyring, binding: Binding, value: str) -> None:
    sealed = seal(keyring.current_public(), value.encode(), binding)
    error = failure(parse_private(generate_private("first")), sealed, binding)
    shown = [repr(sealed), str(sealed), repr(binding), repr(keyring), repr(error)]
    shown += traceback.format_exception(error)
    assert value not in "".join(shown)
    assert value.encode() not in pickle.dumps(sealed)
    assert value.encode() not in pickle.dumps(error)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
