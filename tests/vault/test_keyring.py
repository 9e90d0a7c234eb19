"""Keys come from settings texts; what is wrong with one is said without quoting it."""

import base64
import copy
import pickle
import secrets

import pytest

from tokens.errors import KeyringError
from tokens.vault.fingerprints import fingerprint
from tokens.vault.fingerprints import parse_key as parse_fingerprint_key
from tokens.vault.keyring import generate_private, parse_private, parse_public

RAW = bytes(range(250, 256)) + secrets.token_bytes(26)  # its base64 differs between alphabets


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["", "="])
def test_both_alphabets_with_and_without_padding(encode: object, padding: str) -> None:
    text = encode(RAW).decode().rstrip("=") + padding  # type: ignore[operator]
    keyring = parse_private(f"k1:{text}")
    assert keyring._keys["k1"].private_bytes_raw() == RAW
    assert parse_fingerprint_key(text) == RAW


def test_the_first_key_is_current() -> None:
    first, second = generate_private("2027-01"), generate_private("2026-01")
    keyring = parse_private(f"{first}, {second}")
    assert keyring.key_ids == ("2027-01", "2026-01")
    public = parse_private(first).current_public()
    assert keyring.current_public().setting_text() == public.setting_text()


def test_the_public_text_reads_back() -> None:
    public = parse_private(generate_private("a")).current_public()
    assert parse_public(public.setting_text()).setting_text() == public.setting_text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key,
        lambda key: f"id:{key}A",
        lambda key: f"id:{key[:-6]}",
        lambda key: f":{key}",
        lambda key: f"i d:{key}",
        lambda key: f"id:{key},",
        lambda key: f"id:{key},id:{key}",
        lambda key: f"id:{key}\u2019",
        lambda key: f"id:é{key}",
    ],
)
def test_a_bad_text_is_refused_without_quoting_it(spoil: object) -> None:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    with pytest.raises(KeyringError) as caught:
        parse_private(spoil(key))  # type: ignore[operator]
    assert "TOKEN_KEYS" in str(caught.value)
    assert key[:8] not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_public_text_holds_one_key() -> None:
    text = parse_private(generate_private("a")).current_public().setting_text()
    with pytest.raises(KeyringError, match="TOKEN_PUBLIC_KEY"):
        parse_public(f"{text},{text}")


def test_a_bad_fingerprint_key_names_its_setting() -> None:
    with pytest.raises(KeyringError, match="FINGERPRINT_KEY"):
        parse_fingerprint_key("short")


def test_a_generated_id_must_fit_the_setting() -> None:
    with pytest.raises(KeyringError):
        generate_private("a,b")


def test_a_keyring_shows_ids_and_does_not_travel() -> None:
    text = generate_private("a")
    keyring = parse_private(text)
    assert repr(keyring) == "<Keyring a>"
    assert text.partition(":")[2] not in f"{keyring} {keyring!r} {keyring.current_public()!r}"
    with pytest.raises(TypeError):
        pickle.dumps(keyring)
    with pytest.raises(TypeError):
        copy.deepcopy(keyring)


def test_the_fingerprint_is_hmac_sha_256() -> None:
    # RFC 4231, test case 1, whose key is shorter than ours may be: HMAC takes any.
    assert (
        fingerprint(b"\x0b" * 20, "Hi There").hex()
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )


def test_the_fingerprint_takes_any_text() -> None:
    key = secrets.token_bytes(32)
    values = ["a", "a\n", "A", "\u2019", "\ud800", "a" * 1_000_000]
    assert len({fingerprint(key, value) for value in values}) == len(values)
    assert len(fingerprint(key, "a")) == 32
