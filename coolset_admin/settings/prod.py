"""Production: refuses to start without its secrets, and speaks TLS alone."""

from coolset_admin import env, local_keys, production

production.require(env.ROLE)

from coolset_admin.settings.base import *  # noqa: E402, F403 (what is missing is told first)
from coolset_admin.settings.base import (  # noqa: E402
    ALLOWED_HOSTS,
    COOLSET_ALLOW_HOST,
    COOLSET_API_URL,
    DATA_DIR,
    PUBLIC_URL,
    TOKEN_KEYS,
    TOKEN_PUBLIC_KEY,
)

production.check_api_address(COOLSET_API_URL, COOLSET_ALLOW_HOST)
production.check_single_sign_on(vars())

PRODUCTION = True
MFA_REQUIRED = env.flag("MFA_REQUIRED", default=True)
DEBUG = False
if TOKEN_KEYS and not TOKEN_PUBLIC_KEY:
    TOKEN_PUBLIC_KEY = local_keys.public_of(TOKEN_KEYS)
if env.ROLE == "beat":
    local_keys.private_folder(DATA_DIR / "beat")  # beat cannot write its schedule without it
# The container's own health check asks over loopback.
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# Without EMAIL_URL: the machine's own mail server. Where there is none, delivery fails in sight.
vars().update(env.email(env.secret("EMAIL_URL") or "smtp://localhost:25"))

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz/$", r"^readyz/$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if env.flag("TRUST_PROXY_TLS"):
    # Only for a proxy that always sets this header itself; see docs/operations.md.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
