"""The form that asks for an exception: flags that stand now first, the others out of the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from tokens.policy.days import utc_day
from tokens.policy.exceptions import MAY_BE_EXCEPTED, last_day_allowed
from tokens.policy.flags import silenced
from tokens.policy.vocabulary import Flag
from tokens.selectors.facts import Row
from tokens.web.token_fields import NO_ECHO, QuietForm, text
from tokens.web.words import FLAG_SENTENCES, FLAG_WORDS

#: What is due soon is overdue one day, which is another flag: both are offered together.
_SOON, _LATE = Flag.EXPIRING.value, Flag.OVERDUE.value


@dataclass(frozen=True, slots=True)
class Choice:
    """One flag to tick."""

    value: str
    words: str
    meaning: str
    ticked: bool


class ExceptionForm(QuietForm):
    """Which flags, why, and until when."""

    secret_fields = ()
    flags = forms.MultipleChoiceField(
        label="What it excepts",
        choices=[(flag.value, flag.value) for flag in sorted(MAY_BE_EXCEPTED)],
        error_messages={"required": "Tick at least one.", **NO_ECHO},
        widget=forms.CheckboxSelectMultiple,
    )
    reason = text(
        "Reason",
        500,
        help_text="Why it may stay as it is until then. Whoever decides reads it, and auditors.",
    )
    ends_on = forms.DateField(
        label="Until (UTC)",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="The last day, a year ahead at most. The day after it is a flag again.",
    )

    def __init__(self, row: Row, now: datetime, data: Any = None) -> None:
        # What an exception silences now stands by itself: one that ends is asked for anew.
        quiet = [flag.value for flag, _ in silenced(row.facts, row.rules, now)]
        standing = [flag for flag in (*row.flags, *quiet) if Flag(flag) in MAY_BE_EXCEPTED]
        if _SOON in standing:
            standing.append(_LATE)
        alone = len(standing) == 1 or set(standing) == {_SOON, _LATE}
        super().__init__(data, initial={"flags": standing if alone else []})
        attrs, today = self.fields["ends_on"].widget.attrs, utc_day(now)
        attrs |= {"min": today.isoformat(), "max": last_day_allowed(today).isoformat()}
        self._standing = frozenset(standing)

    @property
    def standing(self) -> list[Choice]:
        """Those that stand now, and what they turn into."""
        return [one for one in self._choices() if one.value in self._standing]

    @property
    def others(self) -> list[Choice]:
        return [one for one in self._choices() if one.value not in self._standing]

    @property
    def others_ticked(self) -> bool:
        return any(one.ticked for one in self.others)

    def _choices(self) -> list[Choice]:
        ticked = {str(value) for value in self["flags"].value() or ()}
        return [
            Choice(flag, words, FLAG_SENTENCES[flag], flag in ticked)
            for flag, (words, _) in FLAG_WORDS.items()
            if Flag(flag) in MAY_BE_EXCEPTED
        ]
