"""Keys of a local instance, made on first need under DATA_DIR/keys and never overwritten.

Production takes its keys from outside and never comes here.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from tokens.errors import KeyringError
from tokens.vault.keyring import generate_private, parse_private

KEY_BYTES = 32


def private_folder(path: Path) -> Path:
    """Make a folder that this user alone may enter, its parents included; keep what exists."""
    if not path.parent.exists():
        private_folder(path.parent)  # mkdir(parents=True) would give parents the usual mode
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _write(path: Path, text: str, *, replace: bool) -> None:
    """Write a file of mode 0600 in one step: other processes see all of it or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
            return
        try:
            os.link(temporary, path)
        except FileExistsError:
            return  # another process was first, and its key is the one that counts
    finally:
        Path(temporary).unlink(missing_ok=True)


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a key file, made at first; two processes at once end with the same one."""
    private_folder(path.parent)
    if not path.exists():
        _write(path, make(), replace=False)
    return path.read_text(encoding="utf-8").strip()


def new_keyring() -> str:
    """A fresh private keyring of one key, as TOKEN_KEYS takes it."""
    return generate_private(f"local-{secrets.token_hex(3)}")


def public_of(keyring: str) -> str:
    """`id:base64` of the public half of the current key. Raises ImproperlyConfigured, no value."""
    try:
        return parse_private(keyring).current_public().setting_text()
    except KeyringError as error:
        raise ImproperlyConfigured(str(error)) from None


def django_secret(folder: Path) -> str:
    """Django's SECRET_KEY of this instance."""
    return kept(folder / "django_secret_key", lambda: secrets.token_urlsafe(50))


def fingerprint_key(folder: Path) -> str:
    """FINGERPRINT_KEY of this instance: 32 random bytes in base64."""
    return kept(
        folder / "fingerprint_key",
        lambda: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
    )


def keyring(folder: Path) -> str:
    """TOKEN_KEYS of this instance; keeps the public half beside it for web up to date."""
    text = kept(folder / "token_keys", new_keyring)
    public, path = public_of(text), folder / "token_public_key"
    if not path.exists() or path.read_text(encoding="utf-8").strip() != public:
        _write(path, public, replace=True)
    return text


def public_key(folder: Path) -> str:
    """TOKEN_PUBLIC_KEY of this instance, read without touching the private keyring."""
    path = folder / "token_public_key"
    if not path.exists():
        keyring(folder)
    return path.read_text(encoding="utf-8").strip()
