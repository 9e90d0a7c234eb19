"""The project: settings, URLs, and the entry points of web, worker and beat.

Celery's application is imported where it is needed (wsgi.py, asgi.py, `celery -A`), not here:
management commands work without a broker and should not wait for its libraries.
"""
