"""Settings that every environment shares. What differs stands in dev.py, test.py and prod.py."""

from coolset_admin import env
from coolset_admin.settings.api import *  # noqa: F403
from coolset_admin.settings.jobs import *  # noqa: F403
from coolset_admin.settings.logs import *  # noqa: F403
from coolset_admin.settings.security import *  # noqa: F403
from coolset_admin.settings.sign_on import *  # noqa: F403

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
PROCESS_ROLE = env.ROLE

HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000)
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")

PRODUCTION = False
DEBUG = False
SECRET_KEY = env.secret("DJANGO_SECRET_KEY")
# Keys of before: what was signed or encrypted under them still opens while they stand here.
SECRET_KEY_FALLBACKS = env.secret("DJANGO_SECRET_KEY_FALLBACKS").replace(",", " ").split()
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")

TOKEN_KEYS = env.secret("TOKEN_KEYS")
TOKEN_PUBLIC_KEY = env.secret("TOKEN_PUBLIC_KEY")
FINGERPRINT_KEY = env.secret("FINGERPRINT_KEY")
VAULT_MAY_OPEN = PROCESS_ROLE in {"worker", "command"}

# Where the keyring lies wrapped instead; nothing of it is read where nothing may be opened.
TOKEN_KEYS_PROVIDER = env.text("TOKEN_KEYS_PROVIDER") if VAULT_MAY_OPEN else ""
TOKEN_KEYS_WRAPPED = env.secret("TOKEN_KEYS_WRAPPED") if VAULT_MAY_OPEN else ""
AWS_KMS_KEY_ID = env.text("AWS_KMS_KEY_ID")
VAULT_ADDR = env.text("VAULT_ADDR")
VAULT_TOKEN = env.secret("VAULT_TOKEN") if VAULT_MAY_OPEN else ""
VAULT_TRANSIT_KEY = env.text("VAULT_TRANSIT_KEY")

COOLSET_API_URL = env.text("COOLSET_API_URL", "https://developers.coolset.com/api/")
COOLSET_ALLOW_HOST = env.text("COOLSET_ALLOW_HOST")
COOLSET_CONCURRENCY = max(1, env.whole("COOLSET_CONCURRENCY", 50))
COOLSET_TIMEOUT = env.number("COOLSET_TIMEOUT", 10)
# Requests a second of all processes together; 0: as many as they can.
COOLSET_RATE = env.number("COOLSET_RATE", 0)
COOLSET_CONFIRM_SECONDS = env.whole("COOLSET_CONFIRM_SECONDS", 300)
METRICS_TOKEN = env.secret("METRICS_TOKEN")
# Of how many companies /metrics tells by name, those with the most tokens first.
METRICS_COMPANIES = env.whole("METRICS_COMPANIES", 0)
# Whether everybody who signs in needs a second factor; production asks for it by default.
MFA_REQUIRED = env.flag("MFA_REQUIRED")
# What one person asks for and another approves; the host's to say, never a page's.
TWO_PERSON_RULE = env.two_person_rule(env.words("TWO_PERSON_RULE"))
# Hosts in private networks that channels and webhooks may lead to.
NOTIFY_ALLOW_HOSTS = env.words("NOTIFY_ALLOW_HOSTS")
# The worker pings it; web and beat have no use for it.
DEADMAN_URL = env.secret("DEADMAN_URL") if VAULT_MAY_OPEN else ""

# Signed heads of the audit trail: a folder that is carried away, such as a mounted object store.
CHECKPOINT_DIR = env.text("CHECKPOINT_DIR") or str(DATA_DIR / "checkpoints")

INSTALLED_APPS = [
    "django_prometheus",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_cotton",
    "django_htmx",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "tokens.apps.TokensConfig",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    # Outside of the next one, which answers by itself where it redirects or refuses a host.
    "csp.middleware.CSPMiddleware",
    "coolset_admin.middleware.ApiByHttpsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "coolset_admin.middleware.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tokens.web.signed_in.SignedInMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tokens.web.middleware.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "coolset_admin.urls"
WSGI_APPLICATION = "coolset_admin.wsgi.application"
COTTON_DIR = "components"
COTTON_ISOLATE_BY_DEFAULT = True  # a component sees what it is given, never its page's variables
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "tokens.web.context.navigation",
            ],
        },
    },
]

DATABASES = {
    "default": env.database(
        env.secret("DATABASE_URL"), default=DATA_DIR / "db.sqlite3", role=PROCESS_ROLE
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.secret("REDIS_URL")
CACHES = cache(REDIS_URL)
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker(REDIS_URL, DATA_DIR)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat" / "schedule")

DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "coolset-tokens@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
