"""Who uses the sample tokens: machines of the sample company, by addresses kept for examples."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from tokens.audit import Actor
from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo.names import Connector
from tokens.services.seed_demo.shape import Compromise, Revoke, Rotate, Sample, Use
from tokens.services.usage_import import import_usage, read_objects

#: Of RFC 5737 and RFC 3849, so that they lead nowhere.
_NET, _NET6 = "198.51.100", "2001:db8:20::"
_LIBRARIES = ("python-requests/2.32.3", "okhttp/4.12.0", "axios/1.7.7", "Java-http-client/21.0.4")
LOG = "API gateway"
#: So many tokens stand in the log.
MOST = 12
SEED = 7
_GATEWAY = Actor("command", "command line, OS user gateway")
#: Somebody's own try, from a machine that none of the integrations runs on.
_ODD = ("laptop-mk.office.acme.example", "curl/8.5.0")


def of(connector: Connector) -> dict[str, str]:
    """From where an integration calls, and by which program; the same whenever it is asked."""
    number = sum(connector.name.encode())
    name = connector.name.lower().replace(" ", "-")
    return {
        "address": f"{_NET}.{number % 250 + 2}",
        "user_agent": f"{name}/2.{number % 9} {_LIBRARIES[number % len(_LIBRARIES)]}",
    }


def bring_in(samples: list[Sample], *, now: datetime) -> None:
    """Import the gateway's log of the last days with the service that page and command call."""
    lines = _log_lines([each for each in samples if _is_in_use(each, now)], now)
    if not lines:
        return
    sightings, errors = read_objects(lines, now=now)
    import_usage(sightings=sightings, errors=errors, source=LOG, actor=_GATEWAY, now=now)


def _is_in_use(sample: Sample, now: datetime) -> bool:
    """Others are seen to call with it, and nothing happened to it that a log would contradict."""
    told = any(isinstance(act, Rotate | Revoke | Compromise) for act in sample.acts)
    is_old = sample.stored_at < now - timedelta(days=4)
    works = sample.is_asked and sample.says(now) is Outcome.VALID
    return sample.use is Use.BUSY and sample.busy_until is None and is_old and works and not told


def _log_lines(samples: list[Sample], now: datetime) -> list[dict[str, str]]:
    rng, lines = random.Random(SEED), []  # noqa: S311 (sample data, no secret)
    reporting = [each for each in samples if each.place.connector.reports]
    for sample in [*reporting[:1], *rng.sample(samples, min(len(samples), MOST))]:
        callers = [of(sample.place.connector)]
        callers.append(callers[0] | {"address": f"{_NET6}{rng.randint(16, 250):x}"})
        moments = (now - timedelta(hours=hours) for hours in rng.sample(range(2, 70), 9))
        lines += [_line(sample, at, **rng.choice(callers)) for at in moments]
    if reporting:
        odd = now - timedelta(hours=19, minutes=7)
        lines.append(_line(reporting[0], odd, address=_ODD[0], user_agent=_ODD[1]))
    return lines


def _line(sample: Sample, at: datetime, **who: str) -> dict[str, str]:
    return {"time": at.isoformat(), "token": sample.value or "", **who}
