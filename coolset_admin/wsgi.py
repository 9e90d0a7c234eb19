"""Web's entry point. It marks the process as web, which never holds the private keyring."""

import os

os.environ["PROCESS_ROLE"] = "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolset_admin.settings.prod")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
