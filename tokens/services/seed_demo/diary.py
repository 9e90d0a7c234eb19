"""The diary of the sample instance: everything that happened, in order, told once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from tokens.models import Rotation
from tokens.policy.days import midnight, utc_day
from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo import (
    acts,
    callers,
    channels,
    checks,
    excepting,
    mails,
    policies,
    preferring,
    switching,
)
from tokens.services.seed_demo.counting import countings
from tokens.services.seed_demo.names import SILENT
from tokens.services.seed_demo.plan import Plan
from tokens.services.seed_demo.reconciling import compare, comparisons
from tokens.services.seed_demo.shape import (
    Compromise,
    Consume,
    Except,
    Leave,
    OpenGuide,
    Report,
    Revoke,
    Rotate,
    Sample,
)
from tokens.services.take_snapshot import take_snapshot

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Reminders of so many days are told; before that the sample instance sent none.
MAIL_DAYS = 21


@dataclass(order=True)
class Entry:
    """Something to do at a moment; of several at once, in the order in which they were noted."""

    at: datetime
    number: int
    do: Callable[[], object] = field(compare=False)


class Diary:
    """Note everything, then go through `entries` in order."""

    def __init__(self, plan: Plan, rng: random.Random) -> None:
        self._plan, self._rng = plan, rng
        self._entries: list[Entry] = []
        self._reporters = acts.Reporters()
        self._note_policies()
        self._note_storing()
        for sample in plan.samples:
            for act in sample.acts:
                self._note_act(sample, act)
            self._note_reports(sample)
        for company, at in comparisons(plan, rng):
            self._note(at, partial(compare, company, now=at))
        for moment, asked in checks.schedule(plan).items():
            self._note(moment, partial(self._check, list(asked), moment))
        self._note_mails()
        self._note_preferences()
        self._note_channels()
        logged = plan.now - 40 * MINUTE
        self._note(logged, partial(callers.bring_in, plan.samples, now=logged))
        for moment in countings(plan):
            self._note(moment, partial(take_snapshot, now=moment))

    @property
    def entries(self) -> list[Entry]:
        return sorted(self._entries)

    def _note(self, at: datetime, do: Callable[[], object]) -> None:
        self._entries.append(Entry(at, len(self._entries), do))

    def _note_policies(self) -> None:
        begun, now = self._plan.begun, self._plan.now
        self._note(begun, partial(policies.shorten_admin, now=begun))
        of_it = [s.stored_at for s in self._plan.samples if policies.is_filing(s.place)]
        if of_it:
            known = min(of_it) + HOUR
            self._note(known, partial(policies.shorten_filing, now=known))
        spared = now - 5 * DAY
        self._note(spared, partial(policies.spare_the_last, now=spared))

    def _note_storing(self) -> None:
        by_moment: dict[tuple[datetime, bool], list[Sample]] = defaultdict(list)
        known: dict[str, datetime] = {}
        for sample in self._plan.samples:
            if sample.replaces is None:
                by_moment[sample.stored_at, sample.imported].append(sample)
                name = sample.place.connector.name
                known[name] = min(sample.stored_at, known.get(name, sample.stored_at))
        for (at, _), samples in by_moment.items():
            self._note(at, partial(acts.store, samples, now=at))
        connectors = {s.place.connector.name: s.place.connector for s in self._plan.samples}
        for name, at in known.items():
            self._note(at, partial(acts.describe, connectors[name], now=at))

    def _note_act(self, sample: Sample, act: object) -> None:
        match act:
            case Rotate():
                self._note_rotation(sample, act)
            case OpenGuide():
                self._note(act.at, partial(acts.open_guide, sample, now=act.at))
            case Revoke():
                self._note(act.at, partial(acts.revoke, sample, act))
            case Compromise():
                self._note(act.at, partial(acts.compromise, sample, act))
            case Leave():
                self._note(act.at, partial(acts.leave, act))
            case Except():
                self._note(act.at, partial(excepting.ask, sample, act))
                if act.approved_by:
                    approved = act.at + act.approved_after
                    self._note(approved, partial(excepting.approve, sample, act))
            case Consume():
                self._note(act.at, partial(switching.record, sample, act, now=act.at))
                if act.ticked_at:
                    at = act.ticked_at
                    self._note(at, partial(switching.tick, sample, act, now=at))
            case Report():
                self._note(act.at, partial(self._reporters.report, sample, now=act.at))

    def _note_rotation(self, old: Sample, act: Rotate) -> None:
        kept: list[Rotation] = []
        begun, pasted = act.at - 20 * MINUTE, act.at - 3 * MINUTE
        self._note(begun, lambda: kept.append(acts.open_guide(old, now=begun)))
        self._note(pasted, lambda: kept.append(acts.paste(act.new, kept[0], now=pasted)))
        self._note(act.at, lambda: acts.accept(act.new, kept[1], now=act.at, rng=self._rng))

    def _note_reports(self, sample: Sample) -> None:
        """Integrations that report do so for every token that works, as they should."""
        connector = sample.place.connector
        if not connector.reports or connector is SILENT:
            return
        ended = [act.at for act in sample.acts if isinstance(act, Revoke)]
        this_hour = self._plan.now.replace(minute=0, second=0, microsecond=0)
        early = midnight(utc_day(self._plan.now)) - 12 * DAY + 5 * HOUR + 40 * MINUTE
        for at in (early, this_hour - 2 * HOUR + 50 * MINUTE):
            refused = sample.value is not None and sample.says(at) is Outcome.UNAUTHORIZED
            if at > sample.stored_at and not refused and all(at < end for end in ended):
                self._note(at, partial(self._reporters.report, sample, now=at))

    def _check(self, samples: list[Sample], now: datetime) -> None:
        checks.replay(samples, now=now, rng=self._rng)
        mails.send_alerts(now=now)

    def _note_channels(self) -> None:
        begun = midnight(utc_day(self._plan.now)) - MAIL_DAYS * DAY + 6 * HOUR
        self._note(begun, partial(channels.add_channels, now=begun))
        self._note(self._plan.now, partial(channels.let_channels_rest, now=self._plan.now))

    def _note_preferences(self) -> None:
        begun = midnight(utc_day(self._plan.now)) - MAIL_DAYS * DAY + 5 * HOUR
        self._note(begun, partial(preferring.prefer, now=begun))
        yesterday = self._plan.now - DAY
        self._note(yesterday, partial(preferring.snooze_one, now=yesterday))

    def _note_mails(self) -> None:
        today = midnight(utc_day(self._plan.now))
        for days in range(MAIL_DAYS, -1, -1):
            at = today - days * DAY + 7 * HOUR
            if at < self._plan.now:
                self._note(at, partial(mails.send_reminders, now=at))
