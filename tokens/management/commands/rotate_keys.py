"""rotate_keys: reseal every stored token to the current public key."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.services.rotate_keys import count_to_reseal, rotate_keys


class Command(OurCommand):
    help = "Reseal every stored token to the first key of TOKEN_KEYS. Can be repeated and resumed."

    def run(self, **options: Any) -> int:
        with self.progress(count_to_reseal(), "tokens") as bar:
            result = rotate_keys(
                actor=self.actor,
                now=timezone.now(),
                progress=bar.advance,
            )
        self.emit(
            asdict(result),
            f"{result.resealed} resealed, {result.remaining} could not be opened and remain.",
        )
        return LEFT_UNDONE if result.remaining else DONE
