"""incident: list when Coolset failed for many tokens at once, and end a hold by hand."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import WrongState
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.models import Incident
from tokens.services.end_incident import end_incident


class Command(OurCommand):
    help = "Incidents of Coolset. While one is open no refusal counts; `end` makes them count."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["list", "end"], help="end: the refusals are real")

    def run(self, **options: Any) -> int:
        if options["act"] == "end":
            self._end()
        else:
            self._list()
        return DONE

    def _list(self) -> None:
        found = [_record(each) for each in Incident.objects.all()]
        lines = "\n".join(_words(row) for row in found)
        self.emit({"incidents": found}, lines or "There was no incident.")

    def _end(self) -> None:
        incident = Incident.objects.filter(ended_at=None).first()
        if incident is None:
            raise WrongState("No hold is open.")
        end_incident(incident=incident, actor=self.actor, now=timezone.now())
        incident.refresh_from_db()
        self.emit(_record(incident), "The hold has ended: refusals count from now on.")


def _record(incident: Incident) -> dict[str, Any]:
    return {
        "id": str(incident.pk),
        "begun_at": incident.begun_at,
        "bad": incident.bad,
        "watched": incident.watched,
        "ended_at": incident.ended_at,
        "ended_by": incident.ended_by,
    }


def _words(row: dict[str, Any]) -> str:
    began = f"{row['begun_at']:%Y-%m-%d %H:%M} UTC: {row['bad']} of {row['watched']} tokens"
    if row["ended_at"] is None:
        return f"{began}, refusals are held"
    return f"{began}, ended {row['ended_at']:%Y-%m-%d %H:%M} UTC by {row['ended_by'] or 'itself'}"
