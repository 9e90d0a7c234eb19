"""A local instance: everything under DATA_DIR, keys made on first need.

It serves real people on one machine, so DEBUG stays off unless it is asked for.
"""

import os
import socket
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from coolset_admin import env, key_provider, local_keys
from coolset_admin.settings.base import *  # noqa: F403
from coolset_admin.settings.base import (
    CELERY_BROKER_TRANSPORT_OPTIONS,
    DATA_DIR,
    FINGERPRINT_KEY,
    HOST,
    PORT,
    PUBLIC_URL,
    SECRET_KEY,
    STORAGES,
    TOKEN_KEYS,
    TOKEN_PUBLIC_KEY,
    VAULT_MAY_OPEN,
)
from tokens.key_providers.place import not_for_web

# Whatever command comes first makes the database; it is for this user alone, as all of DATA_DIR.
os.umask(0o077)

DEMO = env.flag("COOLSET_DEMO")  # set by `manage.py demo`, shown in a banner
DEBUG = env.flag("DJANGO_DEBUG")
if DEBUG and not env.is_loopback(HOST):
    raise ImproperlyConfigured(
        "DJANGO_DEBUG=1 shows code and values on error pages: it needs HOST on loopback."
    )

_KEYS = local_keys.private_folder(DATA_DIR) / "keys"
SECRET_KEY = SECRET_KEY or local_keys.django_secret(_KEYS)
FINGERPRINT_KEY = FINGERPRINT_KEY or local_keys.fingerprint_key(_KEYS)
key_provider.require(env.ROLE)
if TOKEN_KEYS:
    TOKEN_PUBLIC_KEY = TOKEN_PUBLIC_KEY or local_keys.public_of(TOKEN_KEYS)
elif VAULT_MAY_OPEN and not TOKEN_PUBLIC_KEY:
    TOKEN_KEYS = local_keys.keyring(_KEYS)
    TOKEN_PUBLIC_KEY = local_keys.public_of(TOKEN_KEYS)
elif not TOKEN_PUBLIC_KEY:
    TOKEN_PUBLIC_KEY = local_keys.public_key(_KEYS)
if not VAULT_MAY_OPEN:
    # Web and beat may have been started from a shell that holds the keyring: let go of it.
    TOKEN_KEYS = ""
    for _name in not_for_web(os.environ):
        del os.environ[_name]

for _name, _folder in CELERY_BROKER_TRANSPORT_OPTIONS.items():
    if _name.endswith(("_folder", "_folder_in", "_folder_out")):
        local_keys.private_folder(Path(_folder))
local_keys.private_folder(DATA_DIR / "beat")

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    HOST,
    *([] if env.is_loopback(HOST) else [socket.gethostname()]),
]
_SHOWN = f"[{HOST}]" if ":" in HOST else HOST
PUBLIC_URL = PUBLIC_URL or f"http://{_SHOWN}:{PORT}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

vars().update(env.email(env.secret("EMAIL_URL") or f"file://{DATA_DIR / 'mail'}"))

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = local_keys.private_folder(DATA_DIR / "static")
WHITENOISE_AUTOREFRESH = DEBUG
