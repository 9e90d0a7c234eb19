"""`demo_story`: let something happen at Coolset in the demo that runs."""

import os
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import BAD_INPUT, DONE
from tokens.management.base import Command as OurCommand
from tokens.management.commands import demo
from tokens.services.seed_demo.play import Played, Story, play

_HAPPENED = {
    Story.VENDOR_DOWN: "Coolset answers every call with an error from now on.",
    Story.VENDOR_REFUSES: "Coolset refuses every token from now on.",
    Story.VENDOR_BACK: "Coolset works again.",
    Story.FOREIGN_USE: "Somebody else called Coolset with this token.",
    Story.CREATOR_DEMOTED: "Who generated this token may do less from now on.",
    Story.WORKSPACE_INACTIVE: "Coolset lists this token's company as inactive from now on.",
}


class Command(OurCommand):
    """Exit 2 where no demo runs, or in production."""

    help = "Play a story in the running demo (make demo); its checks follow within two minutes."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("story", choices=[story.value for story in Story])
        parser.add_argument("--id", metavar="TOKEN", help="of which token, where it is about one")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRODUCTION and os.environ.get(demo.MARK) != "1":
            demo.begin_again()
        super().handle(*args, **options)

    def run(self, **options: Any) -> int:
        if settings.PRODUCTION:
            self.say("Stories are for the demo alone: nothing was changed.")
            return BAD_INPUT
        played = play(
            story=Story(options["story"]),
            token_id=_id(options["id"]),
            actor=self.actor,
            now=timezone.now(),
        )
        token = str(played.token.pk) if played.token else None
        self.emit({"story": played.story.value, "due": played.due, "token": token}, _words(played))
        return DONE


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput("is not a token's id", field="--id") from None


def _words(played: Played) -> str:
    about = f" It is {played.token}: /tokens/{played.token.pk}/" if played.token else ""
    checks = "1 check is due" if played.due == 1 else f"{played.due} checks are due"
    return f"{_HAPPENED[played.story]}{about} {checks}; look at the pages in a minute or two."
