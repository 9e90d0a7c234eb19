"""One Celery task per token: open it, ask with requests, save the row. Prefork, Redis as broker."""

from __future__ import annotations

import os

import django
import requests
from celery import Celery

django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from tokens.keys import private_keyring  # noqa: E402
from tokens.models import Token  # noqa: E402
from tokens.vault.binding import Binding  # noqa: E402
from tokens.vault.opening import open_sealed  # noqa: E402
from tokens.vault.sealing import Sealed  # noqa: E402

app = Celery("bench", broker=os.environ["BENCH_BROKER"], set_as_current=False)
app.conf.update(
    task_default_queue=os.environ["BENCH_QUEUE"],
    task_ignore_result=True,
    worker_prefetch_multiplier=16,
    worker_hijack_root_logger=False,
)
session = requests.Session()
session.trust_env = False


@app.task(name="bench.check")
def check(token_id: str) -> None:
    token = Token.objects.select_related("secret").get(pk=token_id)
    binding = Binding(token.company_id, token.integration_id, token.environment, token.pk)
    sealed = Sealed(token.key_id, bytes(token.sealed or b""))
    value = open_sealed(private_keyring(), sealed, binding).decode()
    answer = session.get(
        settings.COOLSET_API_URL + "accounts/user-config/",
        headers={"Authorization": f"Bearer {value}"},
        timeout=10,
    )
    secret = token.secret
    secret.last_checked_at = timezone.now()
    secret.last_outcome = "valid" if answer.ok else "unusable"
    secret.save()
