"""May it be revoked? One row per case; NOW is 10 March 2026, 12:00 UTC."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.policy.moments import NOW, ago
from tokens.policy.logs import Cover
from tokens.policy.safe_to_revoke import (
    Answer,
    Finding,
    Reason,
    Span,
    SwitchFacts,
    judge,
)
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import EvidenceSource

REPORT, LOG, HEADERS = EvidenceSource.REPORT, EvidenceSource.LOG, EvidenceSource.HEADERS
REPLACED = ago(days=4)


def hours(since: datetime, *, seen: tuple[datetime, ...] = (), until: datetime = NOW) -> HourMap:
    """Every hour looked at from `since` until `until`, use seen at these moments."""
    found, at = HourMap(), since
    while at <= until:
        found, at = found.mark(at, seen=False), at + timedelta(hours=1)
    for moment in seen:
        found = found.mark(moment, seen=True)
    return found


def of(**facts: Any) -> Finding:
    return judge(SwitchFacts(**{"replaced_at": REPLACED, **facts}), NOW)


LOOKED = hours(REPLACED)
TICKED = (ago(hours=50), ago(hours=30))
HALF = (ago(hours=50), None)
DAY_OF_NEW = Span(ago(hours=60), ago(hours=2))


@pytest.mark.parametrize(
    ("facts", "answer", "reason"),
    [
        # nobody recorded a consumer, and nobody looks
        ({}, Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        # headers alone never say yes, however long they look
        ({"hours": LOOKED}, Answer.CANNOT_TELL, Reason.ONLY_COUNTS),
        ({"hours": LOOKED, "seen": {HEADERS: ago(days=9)}},
         Answer.CANNOT_TELL, Reason.ONLY_COUNTS),
        ({"hours": LOOKED, "seen": {HEADERS: ago(hours=30)}},
         Answer.CANNOT_TELL, Reason.ONLY_COUNTS),
        ({"hours": LOOKED, "seen": {HEADERS: ago(hours=3)}},
         Answer.STILL_USED, Reason.SEEN_LATELY),
        ({"seen": {REPORT: ago(hours=23)}}, Answer.STILL_USED, Reason.SEEN_LATELY),
        ({"seen": {LOG: ago(hours=25)}}, Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        # calls that were counted right after the replacement may be of before it
        ({"replaced_at": ago(minutes=40), "seen": {HEADERS: ago(minutes=5)}},
         Answer.CANNOT_TELL, Reason.MAYBE_BEFORE),
        ({"replaced_at": ago(minutes=40), "seen": {REPORT: ago(minutes=5)}},
         Answer.STILL_USED, Reason.SEEN_LATELY),
        # somebody has still to switch
        ({"switches": (None,)}, Answer.NOT_YET, Reason.UNTICKED),
        ({"switches": HALF, "hours": LOOKED}, Answer.NOT_YET, Reason.UNTICKED),
        ({"switches": HALF, "seen": {HEADERS: ago(hours=2)}},
         Answer.STILL_USED, Reason.SEEN_LATELY),
        # reports cannot see what does not report: a named consumer holds the yes back
        ({"switches": HALF, "successor": {REPORT: DAY_OF_NEW}}, Answer.NOT_YET, Reason.UNTICKED),
        # everybody has switched
        ({"switches": TICKED}, Answer.SAFE, Reason.ALL_SWITCHED),
        ({"switches": TICKED, "hours": LOOKED}, Answer.SAFE, Reason.ALL_SWITCHED),
        ({"switches": (NOW,)}, Answer.SAFE, Reason.ALL_SWITCHED),
        ({"switches": TICKED, "seen": {REPORT: ago(hours=31)}}, Answer.SAFE, Reason.ALL_SWITCHED),
        ({"switches": TICKED, "seen": {REPORT: ago(hours=29)}},
         Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH),
        ({"switches": TICKED, "seen": {LOG: ago(hours=1)}},
         Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH),
        # headers take the yes away, but only for calls that are surely of after the last tick
        ({"switches": TICKED, "seen": {HEADERS: ago(hours=28)}, "hours": LOOKED},
         Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH),
        ({"switches": TICKED, "seen": {HEADERS: ago(hours=28)}},
         Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH),
        ({"switches": (ago(minutes=62),), "seen": {HEADERS: NOW}},
         Answer.CANNOT_TELL, Reason.MAYBE_BEFORE),
        ({"switches": (ago(minutes=63),), "seen": {HEADERS: NOW}},
         Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH),
        # … until a later hour showed nothing
        ({"switches": TICKED, "seen": {HEADERS: ago(hours=29, minutes=30)},
          "hours": hours(REPLACED, until=ago(hours=30))},
         Answer.CANNOT_TELL, Reason.MAYBE_BEFORE),
        ({"switches": TICKED, "seen": {HEADERS: ago(hours=29, minutes=30)}, "hours": LOOKED},
         Answer.SAFE, Reason.ALL_SWITCHED),
        # the same value is in force elsewhere: a revocation would end that too
        ({"switches": TICKED, "elsewhere": True}, Answer.NOT_YET, Reason.SHARED),
        ({"successor": {REPORT: DAY_OF_NEW}, "elsewhere": True}, Answer.NOT_YET, Reason.SHARED),
        ({"switches": TICKED, "seen": {LOG: ago(hours=1)}, "elsewhere": True},
         Answer.STILL_USED, Reason.SEEN_AFTER_SWITCH),
        ({"elsewhere": True}, Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        # the integration reports the new one for a day, and the old one no more
        ({"successor": {REPORT: DAY_OF_NEW}}, Answer.SAFE, Reason.REPORTED),
        ({"successor": {REPORT: Span(ago(hours=26), ago(hours=2))}}, Answer.SAFE, Reason.REPORTED),
        ({"successor": {REPORT: Span(ago(hours=26), ago(hours=3))}},
         Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        ({"successor": {REPORT: Span(ago(hours=90), ago(hours=90))}, "hours": LOOKED},
         Answer.CANNOT_TELL, Reason.ONLY_COUNTS),
        ({"successor": {REPORT: DAY_OF_NEW}, "seen": {REPORT: ago(hours=26)}},
         Answer.SAFE, Reason.REPORTED),
        ({"successor": {REPORT: DAY_OF_NEW}, "seen": {REPORT: ago(hours=25)}},
         Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        ({"successor": {REPORT: DAY_OF_NEW}, "seen": {HEADERS: ago(hours=5)}},
         Answer.STILL_USED, Reason.SEEN_LATELY),
        # logs, as long as they would have shown the old one
        ({"successor": {LOG: DAY_OF_NEW}}, Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        ({"successor": {LOG: DAY_OF_NEW}, "logs": Cover(ago(days=30), ago(hours=1))},
         Answer.SAFE, Reason.LOGGED),
        ({"successor": {LOG: DAY_OF_NEW}, "logs": Cover(ago(days=30), ago(hours=40))},
         Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        ({"successor": {LOG: DAY_OF_NEW}, "logs": Cover(ago(hours=26), ago(hours=1))},
         Answer.SAFE, Reason.LOGGED),
        ({"successor": {LOG: DAY_OF_NEW}, "logs": Cover(ago(hours=20), ago(hours=1))},
         Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
        ({"successor": {LOG: DAY_OF_NEW}, "logs": Cover(ago(days=30), NOW),
          "seen": {LOG: ago(hours=25)}}, Answer.CANNOT_TELL, Reason.NOBODY_LOOKED),
    ],
)  # fmt: skip
def test_the_answer_and_its_reason(facts: dict[str, Any], answer: Answer, reason: Reason) -> None:
    found = of(**facts)
    assert (found.answer, found.reason) == (answer, reason)


def test_headers_alone_never_turn_it_green() -> None:
    """Whatever they saw and whenever they looked, and however old the replacement is."""
    for replaced_hours in (0, 1, 30, 700):
        for seen_hours in (None, 0, 1, 2, 24, 100):
            replaced = ago(hours=replaced_hours)
            seen = {} if seen_hours is None else {HEADERS: ago(hours=seen_hours)}
            for looked in (HourMap(), hours(replaced)):
                found = of(replaced_at=replaced, seen=seen, hours=looked)
                assert found.answer is not Answer.SAFE


def test_it_says_what_it_rests_on() -> None:
    found = of(
        switches=TICKED,
        seen={REPORT: ago(hours=70), HEADERS: ago(hours=60), LOG: ago(days=20)},
        hours=hours(REPLACED, seen=(ago(hours=60),)),
    )
    assert (found.ticked, found.consumers, found.since) == (2, 2, ago(hours=30))
    assert (found.last_seen_at, found.last_seen_by) == (ago(hours=60), HEADERS)
    assert found.watched_from == ago(hours=30) + timedelta(hours=2, minutes=2)
    assert (found.looked, found.seen, found.total) == (29, 0, 29)
    earlier = of(switches=HALF, hours=hours(REPLACED, seen=(ago(hours=60),)))
    assert (earlier.ticked, earlier.since, earlier.seen) == (1, REPLACED, 1)
    assert (of().looked, of().last_seen_at, of(replaced_at=NOW).total) == (0, None, 0)


def test_use_before_the_replacement_is_no_news() -> None:
    found = of(seen={REPORT: ago(days=5), HEADERS: REPLACED + timedelta(minutes=50)}, hours=LOOKED)
    assert (found.answer, found.last_seen_at) == (Answer.CANNOT_TELL, None)
