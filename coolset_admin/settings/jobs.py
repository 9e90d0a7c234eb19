"""Celery, its broker and the cache: Redis where REDIS_URL is set, else what needs no server."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from tokens import redis_address

__all__ = [
    "CELERY_ACCEPT_CONTENT",
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP",
    "CELERY_BROKER_CONNECTION_TIMEOUT",
    "CELERY_ENABLE_UTC",
    "CELERY_TASK_ACKS_LATE",
    "CELERY_TASK_IGNORE_RESULT",
    "CELERY_TASK_PUBLISH_RETRY_POLICY",
    "CELERY_TASK_REJECT_ON_WORKER_LOST",
    "CELERY_TASK_SERIALIZER",
    "CELERY_TIMEZONE",
    "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS",
    "CELERY_WORKER_HIJACK_ROOT_LOGGER",
    "CELERY_WORKER_PREFETCH_MULTIPLIER",
    "CELERY_WORKER_SEND_TASK_EVENTS",
    "broker",
    "cache",
]

SOCKET_SECONDS = 4

CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = SOCKET_SECONDS
# A request that publishes while the broker is down must answer within 5 s (bar.md): one try.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True


def broker(redis_url: str, data_dir: Path) -> tuple[str, dict[str, Any]]:
    """Celery's broker address and transport options.

    Redis: the visibility options are those that bring redelivery after a killed worker down
    from 100 s (design.md, "Libraries"); socket time-outs keep a frozen server from hanging a
    request. Without Redis: kombu's own files under `data_dir`, polled every 0.05 s.
    """
    if redis_url:
        url, more = redis_url, {}
        if found := _sentinels(redis_url):
            more = {"master_name": found.master, "sentinel_kwargs": found.asking(SOCKET_SECONDS)}
            url = found.broker_url()
        return url, more | {
            "visibility_timeout": 300,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": SOCKET_SECONDS,
            "socket_keepalive": True,
            "retry_on_timeout": False,
            "health_check_interval": 15,
        }
    folder = data_dir / "broker"
    return "filesystem://", {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
        "processed_folder": str(folder / "processed"),
        "store_processed": False,
        "polling_interval": 0.05,
    }


def cache(redis_url: str) -> dict[str, dict[str, Any]]:
    """Django's cache: Redis, or a table of the database, which every process shares too."""
    if redis_url:
        pool = {"pool_class": "tokens.redis_address.SentinelPool"}
        return {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                # A list: Django would cut a text at its commas, into servers.
                "LOCATION": [redis_url],
                "KEY_PREFIX": "coolset",
                "OPTIONS": {
                    "socket_timeout": SOCKET_SECONDS,
                    "socket_connect_timeout": SOCKET_SECONDS,
                    **(pool if _sentinels(redis_url) else {}),
                },
            }
        }
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "django_cache",
            # Django's 300 would let anybody push the counts of tries out by making new ones.
            "OPTIONS": {"MAX_ENTRIES": 50_000},
        }
    }


def _sentinels(redis_url: str) -> redis_address.Sentinels | None:
    try:
        return redis_address.read(redis_url)
    except ValueError as problem:
        raise ImproperlyConfigured(f"REDIS_URL {problem}.") from None
