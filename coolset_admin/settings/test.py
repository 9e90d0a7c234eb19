"""The suite: keys of the hour, mail in memory, SQLite in a folder of its own or PostgreSQL.

TEST_DATABASE_URL and TEST_REDIS_URL choose the services that tests marked `service` talk to.
"""

import base64
import os
import secrets
import tempfile
from pathlib import Path

from coolset_admin import env, local_keys
from coolset_admin.settings.base import *  # noqa: F403
from coolset_admin.settings.base import DATABASES, STORAGES

DATA_DIR = Path(os.environ.get("DATA_DIR") or tempfile.mkdtemp(prefix="coolset-tests-"))
SECRET_KEY = secrets.token_urlsafe(50)
FINGERPRINT_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
TOKEN_KEYS = local_keys.new_keyring()
TOKEN_PUBLIC_KEY = local_keys.public_of(TOKEN_KEYS)
TOKEN_KEYS_PROVIDER = TOKEN_KEYS_WRAPPED = AWS_KMS_KEY_ID = ""
VAULT_ADDR = VAULT_TOKEN = VAULT_TRANSIT_KEY = ""
VAULT_MAY_OPEN = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PUBLIC_URL = "http://testserver"
COOLSET_API_URL = "http://127.0.0.1:9/api/"
COOLSET_ALLOW_HOST = ""
COOLSET_RATE = 0
METRICS_TOKEN = ""
METRICS_COMPANIES = 0
API_RATE_LIMIT = 0
DEADMAN_URL = ""
MFA_REQUIRED = False
OIDC_ISSUER = OIDC_CLIENT_ID = OIDC_CLIENT_SECRET = ""
OIDC_NAME, OIDC_SCOPES, OIDC_GROUPS_CLAIM, OIDC_MFA = "Acme", "openid email", "groups", "amr"
OIDC_ADMINISTRATORS, OIDC_AUDITORS, OIDC_MEMBERS, OIDC_ACR = [], [], [], []
OIDC_ONLY = OIDC_TRUST_EMAIL = False
TWO_PERSON_RULE = frozenset()
NOTIFY_ALLOW_HOSTS = []

TEST_REDIS_URL = env.secret("TEST_REDIS_URL")
_given = env.secret("TEST_DATABASE_URL")
DATABASES["default"] = env.database(_given, default=DATA_DIR / "db.sqlite3", role="command")
if not _given:
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    # Nothing here outlives the run, so there is no reason to wait for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = local_keys.private_folder(DATA_DIR / "static")
WHITENOISE_AUTOREFRESH = True
SHOW_COMPONENTS = True
