"""The Celery application of worker and beat, and what beat starts when.

Every task finds its own work in the database, so losing a message loses nothing and a second
one finds nothing to do (design.md, "The sweep"). `expires` keeps messages of a worker that is
away from piling up: by then the next tick has been sent.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolset_admin.settings.prod")

app = Celery("coolset_admin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _every(task: str, seconds: int) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "sweep": _every("tokens.sweep", 60),
    "remind": _every("tokens.remind", 300),
    "deliver": _every("tokens.deliver", 60),
    "channels": _every("tokens.channels", 60),
    "heartbeat": _every("tokens.heartbeat", 60),
    "watch": _every("tokens.watch", 300),
    "housekeeping": _every("tokens.housekeeping", 3600),
    "intake": _every("tokens.intake", 60),
    "evidence": _every("tokens.evidence", 300),
}
app.conf.beat_scheduler = "coolset_admin.beat:Scheduler"


# Imported for their signals.
from coolset_admin import lost_redis, task_log, worker_pool  # noqa: E402, F401


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery would replace the handlers, and with them the redaction; Django's stay."""
    from django.conf import settings
    from django.utils.log import configure_logging

    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
