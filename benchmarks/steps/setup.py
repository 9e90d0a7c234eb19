"""Make an instance: migrate, seed, sign somebody in. `COUNT sweep|inventory`."""

from __future__ import annotations

import sys
import time

from benchmarks.steps.common import emit, start_django, vacuum

start_django()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.seed import seed  # noqa: E402
from tokens.management.instance import prepare  # noqa: E402
from tokens.models import Account  # noqa: E402
from tokens.policy.vocabulary import Role  # noqa: E402
from tokens.sessions import SessionStore, note_sign_in  # noqa: E402


def _sign_in() -> str:
    """The session key of an administrator, so that no page has to check a password first."""
    account = Account.objects.create_account(
        email="bench@example.com", role=Role.ADMINISTRATOR, password=None
    )
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    note_sign_in(session, address="127.0.0.1", agent="benchmark", now=timezone.now())
    session.save()
    return str(session.session_key)


def main() -> None:
    count, kind = int(sys.argv[1]), sys.argv[2]
    prepare()
    begun = time.perf_counter()
    seed(count, mixed=kind == "inventory", now=timezone.now())
    vacuum()
    emit({"seconds": time.perf_counter() - begun, "session": _sign_in()})


main()
