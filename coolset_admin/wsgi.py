"""Web's entry point. It marks the process as web, which never holds the private keyring."""

import os

os.environ["PROCESS_ROLE"] = "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolset_admin.settings.prod")

from django.core.wsgi import get_wsgi_application

# Web sends tasks; shared tasks go to the broker of the Celery application made first.
from coolset_admin.celery import app as celery_app

__all__ = ["application", "celery_app"]

application = get_wsgi_application()
