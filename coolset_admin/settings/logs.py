"""Logs: one line per event on standard error, redacted, whoever wrote it."""

from typing import Any

import structlog

from coolset_admin.redaction import guard_what_nobody_catches, redact

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

guard_what_nobody_catches()

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _SHARED,
            "processors": [
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                redact,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(
                    key_order=["timestamp", "level", "logger", "event"], drop_missing=True
                ),
            ],
        }
    },
    "handlers": {"stderr": {"class": "coolset_admin.redaction.QuietHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # Says again what django.request says; it is here for the ids that it binds.
        "django_structlog": {"level": "CRITICAL"},
        "django.request": {"level": "ERROR"},
        # A wrong Host is answered with 400; with a traceback each, scanners would fill the log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "kombu.connection": {"level": "ERROR"},
        # gunicorn brings a handler of its own, which would write past the redaction.
        "gunicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "tokens": {"level": "INFO"},
        "celery": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        # At DEBUG it writes whole answers, and KMS answers with the keyring.
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
        # At DEBUG it writes what proves that a code is ours.
        "authlib": {"level": "WARNING"},
    },
}
DJANGO_STRUCTLOG_CELERY_ENABLED = False
