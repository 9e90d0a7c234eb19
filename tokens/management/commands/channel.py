"""channel: add, list, try and remove channels and webhooks."""

import sys
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.models import Channel, Company, Delivery, DeliveryStatus, Integration
from tokens.notifications.channels.answers import in_words
from tokens.policy.channels import TOPICS, Severity, Way
from tokens.selectors.channels import channels, service_of
from tokens.services.channels.add import Wanted, add_channel
from tokens.services.channels.change import ask_for_test, remove_channel
from tokens.services.channels.tell import tell_channels

#: Another process may have the test message in hand for so long.
WAIT_SECONDS = 40.0


class Command(OurCommand):
    help = "Channels and webhooks. The address of a new one is read from standard input."

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, parser_class=type(parser))
        acts.add_parser("list", help="all of them, without their addresses")
        made = acts.add_parser("add", help="add one; its address comes on standard input")
        made.add_argument("name", metavar="NAME")
        made.add_argument("--webhook", action="store_true", help="requests signed by us")
        made.add_argument("--topic", action="append", default=[], choices=list(TOPICS))
        made.add_argument(
            "--at-least", default=Severity.NOTICE.value, choices=[each.value for each in Severity]
        )
        made.add_argument("--company", default="", metavar="NAME", help="of this one alone")
        made.add_argument("--integration", default="", metavar="NAME", help="of this one alone")
        for act, what in (("test", "send a test message now"), ("remove", "remove one")):
            acts.add_parser(act, help=what).add_argument("name", metavar="NAME")

    def run(self, **options: Any) -> int:
        acts: dict[str, Callable[..., int]] = {
            "list": self._list,
            "add": self._add,
            "test": self._test,
            "remove": self._remove,
        }
        return acts[options["act"]](**options)

    def _list(self, **_: Any) -> int:
        found = [_record(one) for one in channels()]
        lines = [
            f"{row['name']}: {row['service']}, {row['shown']}, "
            f"{'active' if row['active'] else 'not active'}, {row['waiting']} waiting"
            for row in found
        ]
        self.emit({"channels": found}, "\n".join(lines) or "There is no channel.")
        return DONE

    def _add(self, *, name: str, webhook: bool, **options: Any) -> int:
        wanted = Wanted(
            name=name,
            topics=options["topic"],
            at_least=options["at_least"],
            company=_named(Company, options["company"], "--company"),
            integration=_named(Integration, options["integration"], "--integration"),
        )
        added = add_channel(
            way=Way.WEBHOOK if webhook else Way.MESSAGE,
            url=sys.stdin.readline().strip(),
            wanted=wanted,
            actor=self.actor,
            now=timezone.now(),
        )
        if added.secret:
            self.say("This is its signing secret. It cannot be shown again.")
        one = channels().get(pk=added.channel.pk)
        answer = _record(one) | ({"secret": added.secret} if added.secret else {})
        self.emit(answer, added.secret or f"{one.name} was added: {one.shown}")
        return DONE

    def _test(self, *, name: str, **_: Any) -> int:
        asked = ask_for_test(channel=_channel(name), actor=self.actor, now=timezone.now())
        tell_channels(now=timezone.now())
        delivery = _settled(asked)
        accepted = delivery.status == DeliveryStatus.SENT.value
        why = in_words(delivery.last_problem, delivery.status_code)
        payload = {"accepted": accepted, "status": delivery.status_code, "problem": why}
        self.emit(payload, "Accepted." if accepted else f"Not accepted: {why or 'it waits'}.")
        return DONE if accepted else LEFT_UNDONE

    def _remove(self, *, name: str, **_: Any) -> int:
        one = _channel(name)
        remove_channel(channel=one, actor=self.actor, now=timezone.now())
        self.emit({"removed": name}, f"{name} was removed, with its address and its log.")
        return DONE


def _settled(asked: Delivery) -> Delivery:
    """The delivery once nobody has it in hand."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        row = Delivery.objects.get(pk=asked.pk)
        if row.claim is None or time.monotonic() >= until:
            return row
        time.sleep(0.5)


def _record(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "name": one.name,
        "service": service_of(one),
        "shown": one.shown,
        "topics": one.topics,
        "at_least": one.at_least,
        "active": one.active,
        "waiting": one.waiting,
        "accepted_at": one.accepted_at,
        "failing_since": one.failing_since,
    }


def _channel(name: str) -> Channel:
    found = Channel.objects.filter(name=name).first()
    if found is None:
        raise InvalidInput("is no channel's name", field="NAME")
    return found


def _named(model: Any, name: str, field: str) -> Any:
    found = model.objects.filter(name=name).first() if name else None
    if name and found is None:
        raise InvalidInput("is not known", field=field)
    return found
