"""The project: settings, URLs, and the entry points of web, worker and beat."""

from coolset_admin.celery import app as celery_app

__all__ = ["celery_app"]
