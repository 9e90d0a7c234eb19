"""Evaluate and deliver the reminders that are due now."""

from typing import Any

from django.utils import timezone

from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as BaseCommand
from tokens.services.send_reminders import Tally, send_reminders


class Command(BaseCommand):
    """`send_reminders`: at any hour; exit 1 where a reminder that is due could not be sent."""

    help = "Send the reminders that are due now. Counted in reminders: one token to one recipient."

    def run(self, **options: Any) -> int:
        with self.progress(None, "reminders") as bar:

            def show(settled: int, of: int) -> None:
                bar.total = of
                bar.update(settled - bar.n)

            tally = send_reminders(clock=timezone.now, on_progress=show)
        payload = {
            "due": tally.due,
            "sent": tally.sent,
            "failed": tally.failed,
            "skipped": tally.skipped,
            **({"held": tally.held} if tally.held else {}),
        }
        self.emit(payload, _text(tally))
        return LEFT_UNDONE if tally.failed or tally.skipped else DONE


def _text(tally: Tally) -> str:
    if not tally.due and not tally.held:
        return "No reminder is due."
    words = [f"{tally.due} due, {tally.sent} sent"]
    if tally.failed:
        words.append(f"{tally.failed} not accepted by the mail server, tried again later")
    if tally.skipped:
        words.append(f"{tally.skipped} with nobody to tell (no owner, no administrator)")
    if tally.held:
        words.append(f"{tally.held} held back as their readers prefer")
    return ", ".join(words) + "."
