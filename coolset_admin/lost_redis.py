"""A worker whose Redis is gone in the middle of its tasks connects anew, in place of ending.

kombu (5.7) closes a channel twice when its connection was lost. The second time it wants to give
back what was not acknowledged, asks where to connect of a connection that is no more, and the
AttributeError of that ends the worker ("Unrecoverable error"); the same where a task that was done
meanwhile is acknowledged. Told as what it is, a lost connection, both are expected there: the
message comes again after its visibility timeout, and finds nothing left to do.

tests/faults/test_broker.py and test_sentinel.py fail without it.
"""

from __future__ import annotations

from typing import Any

from celery.signals import worker_init
from django.conf import settings


@worker_init.connect
def _name_the_loss(**_: object) -> None:
    if settings.REDIS_URL:
        from kombu.transport import redis

        channel: Any = redis.Channel
        channel._connparams = told(channel._connparams)


def told(parameters: Any) -> Any:
    """`parameters` of a channel, which raises ConnectionError where that has no connection."""
    from redis import ConnectionError as Lost

    def asked(channel: Any, *args: Any, **options: Any) -> dict[str, Any]:
        transport = channel.connection
        if transport is None or transport.client is None:
            raise Lost("this channel's connection was lost")
        found: dict[str, Any] = parameters(channel, *args, **options)
        return found

    return asked
