"""Make everything that is held due, as if the hour had passed."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.steps.common import emit, start_django, vacuum

start_django()

from django.utils import timezone  # noqa: E402

from tokens.models import Secret  # noqa: E402


def main() -> None:
    held = Secret.objects.filter(fingerprint__isnull=False, destroyed_at__isnull=True)
    held.update(next_check_at=timezone.now() - timedelta(hours=1), throttled_until=None)
    vacuum()
    emit({"due": held.count(), "claimed": held.filter(claim__isnull=False).count()})


main()
