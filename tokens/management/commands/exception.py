"""exception: ask for one, decide about it, end it, list them."""

from __future__ import annotations

import uuid
from argparse import SUPPRESS
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.lookup import token_named
from tokens.models import PolicyException
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Act, Standing
from tokens.selectors.exceptions import find, listed, selected
from tokens.services.deliver import deliver_alerts
from tokens.services.exceptions import act_on, ask_exception

OPEN = (Standing.WAITING, Standing.IN_FORCE, Standing.OVER)
_HELP = {
    Act.APPROVE: "approve what somebody else asked for",
    Act.REFUSE: "refuse what somebody else asked for",
    Act.WITHDRAW: "take back what one asked for oneself",
    Act.END: "end one that is in force, or take note that it is over",
}


class Command(OurCommand):
    help = (
        "Exceptions of one token's flags: one person asks, an administrator other than the asker "
        "approves, and there is a last day."
    )

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, parser_class=type(parser))
        _parser(acts, "list", "what waits, is in force, or has ended and is not noted")
        asked = _parser(acts, "ask", "ask for one; administrators are mailed")
        asked.add_argument("id", metavar="TOKEN", help="the token's id")
        asked.add_argument("--flag", action="append", default=[], help="may be given several times")
        asked.add_argument("--reason", required=True)
        asked.add_argument("--until", required=True, metavar="DATE", help="the last day (UTC)")
        asked.add_argument("--by", required=True, metavar="EMAIL", help="who asks")
        for act in Act:
            each = _parser(acts, act.value, _HELP[act])
            each.add_argument("id", metavar="ID", help="the exception's id, as list shows it")
            each.add_argument("--by", required=True, metavar="EMAIL", help="who says so")
            if act is Act.REFUSE:
                each.add_argument("--reason", required=True)

    def run(self, **options: Any) -> int:
        if options["act"] == "list":
            self._list()
        elif options["act"] == "ask":
            self._ask(options)
        else:
            self._act(Act(options["act"]), options)
        return DONE

    def _list(self) -> None:
        today = utc_day(timezone.now())
        rows = [_record(one) for stands in OPEN for one in selected(today, stands=stands)]
        lines = [
            f"{row['id']}  {row['standing']}  until {row['ends_on']}  "
            f"{', '.join(row['flags'])}  of {row['name']}, asked by {row['asked_by']}"
            for row in rows
        ]
        self.emit({"exceptions": rows}, "\n".join(lines) or "There is no open exception.")

    def _ask(self, options: dict[str, Any]) -> None:
        made = ask_exception(
            token=token_named(options["id"], field="TOKEN"),
            flags=options["flag"],
            reason=options["reason"],
            ends_on=_day(options["until"]),
            by=options["by"],
            actor=self.actor,
            now=timezone.now(),
        )
        mailed = deliver_alerts(now=timezone.now())
        self.emit(
            {**_record(_named(str(made.pk))), "sent": mailed.sent, "failed": mailed.failed},
            f"Asked: {made.pk}. Nothing is silent before another administrator approves it.",
        )

    def _act(self, act: Act, options: dict[str, Any]) -> None:
        done = act_on(
            exception=_named(options["id"]),
            act=act,
            reason=options.get("reason") or "",
            by=options["by"],
            actor=self.actor,
            now=timezone.now(),
        )
        record = _record(_named(str(done.pk)))
        self.emit(record, f"It is {record['standing'].replace('_', ' ')} now.")


def _parser(acts: Any, name: str, help_text: str) -> CommandParser:
    """One act; `--json` may stand behind it, too."""
    made: CommandParser = acts.add_parser(name, help=help_text)
    made.add_argument("--json", action="store_true", default=SUPPRESS)
    return made


def _record(one: PolicyException) -> dict[str, Any]:
    (each,) = listed([one], utc_day(timezone.now()))
    return {
        "id": str(one.pk),
        "token": str(one.token_id),
        "name": str(one.token),
        "flags": one.flags,
        "ends_on": one.ends_on.isoformat(),
        "standing": each.standing.value,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "decided_by": one.decided_by,
    }


def _named(text: str) -> PolicyException:
    try:
        found = find(uuid.UUID(text))
    except ValueError:
        raise InvalidInput("is not the id of an exception", field="ID") from None
    if found is None:
        raise InvalidInput("is not known", field="ID")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("is not a date like 2026-12-12", field="--until") from None
