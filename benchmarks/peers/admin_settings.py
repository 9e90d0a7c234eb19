"""The peer of the pages: Django's own admin on the very same rows, with Django's own defaults."""

from coolset_admin.settings.dev import *  # noqa: F403
from coolset_admin.settings.dev import INSTALLED_APPS

INSTALLED_APPS = ["benchmarks.peers.admin_site.SiteConfig", *INSTALLED_APPS]
ROOT_URLCONF = "benchmarks.peers.admin_urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
