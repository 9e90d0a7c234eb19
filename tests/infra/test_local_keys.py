"""Keys of a local instance: made once, for this user alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from coolset_admin import local_keys, new_keys
from tokens.vault.fingerprints import parse_key
from tokens.vault.keyring import parse_private, parse_public


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_private_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "keys"
    ring = local_keys.keyring(folder)
    made = [ring, local_keys.fingerprint_key(folder), local_keys.django_secret(folder)]
    assert len(parse_private(ring).key_ids) == 1
    assert len(parse_key(made[1])) == 32
    assert len(made[2]) >= 50
    assert [local_keys.keyring(folder), local_keys.fingerprint_key(folder),
            local_keys.django_secret(folder)] == made  # fmt: skip
    assert _mode(folder) == _mode(folder.parent) == 0o700
    files = list(folder.iterdir())
    assert {path.name for path in files} == {
        "token_keys", "token_public_key", "fingerprint_key", "django_secret_key"}  # fmt: skip
    assert {_mode(path) for path in files} == {0o600}


def test_many_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        rings = list(pool.map(lambda _: local_keys.keyring(tmp_path / "keys"), range(64)))
    assert len(set(rings)) == 1
    assert not [path for path in (tmp_path / "keys").iterdir() if path.name.startswith(".")]


def test_the_public_half_follows_the_keyring(tmp_path: Path) -> None:
    first = local_keys.keyring(tmp_path)
    second = local_keys.new_keyring()
    (tmp_path / "token_keys").write_text(f"{second},{first}\n")
    local_keys.keyring(tmp_path)
    shown = parse_public(local_keys.public_key(tmp_path))
    assert shown.key_id == parse_private(second).key_ids[0]
    assert shown.setting_text() == local_keys.public_of(second)


def test_web_reads_the_public_half_alone(tmp_path: Path) -> None:
    public = local_keys.public_of(local_keys.keyring(tmp_path))
    (tmp_path / "token_keys").unlink()
    assert local_keys.public_key(tmp_path) == public
    assert not (tmp_path / "token_keys").exists()


def test_a_malformed_keyring_is_named_and_not_shown() -> None:
    with pytest.raises(ImproperlyConfigured, match="TOKEN_KEYS") as caught:
        local_keys.public_of("one:AAAAwrong")
    assert "AAAAwrong" not in str(caught.value)


def test_production_keys_are_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_keys.main([str(tmp_path / "secrets")]) == 0
    before = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert new_keys.main([str(tmp_path / "secrets")]) == 0
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == before
    assert len(before) == 4
    shown = capsys.readouterr().out
    assert not [text for text in before.values() if text.strip() in shown]
    assert new_keys.main([]) == 2
