"""The whole story with real processes and a real browser, on both kinds of instance.

`up` runs web, worker and beat; Coolset is the stand-in over HTTP, mail goes to an SMTP sink. At
the end every place that anything was written to is searched for every token that was typed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import acts, dumps, people, rounds
from tests.journeys.cast import make_cast
from tests.journeys.instance import Instance, describe, up
from tests.journeys.leaks import found_in
from tests.journeys.people import Stage
from tests.journeys.watching import NewContext, watched
from tests.notifications.sink import Sink
from tests.notifications.sink import running as smtp
from tests.stand_in import StandIn

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(300)]
BOTH = [
    pytest.param("embedded", id="embedded", marks=pytest.mark.embedded),
    pytest.param("service", id="service", marks=pytest.mark.service),
]


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp() as found:
        yield found


@pytest.fixture
def coolset() -> Iterator[StandIn]:
    with StandIn() as found:
        yield found


@pytest.fixture(params=BOTH)
def instance(
    request: pytest.FixtureRequest, tmp_path: Path, coolset: StandIn, sink: Sink
) -> Iterator[Instance]:
    with ExitStack() as stack:
        more = {
            "COOLSET_API_URL": coolset.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        if request.param == "service":
            more |= {
                "DATABASE_URL": stack.enter_context(dumps.fresh_database(dumps.given_database())),
                "REDIS_URL": stack.enter_context(dumps.free_redis(dumps.given_redis())),
            }
        yield stack.enter_context(up(describe(tmp_path / "var", **more)))


def test_the_whole_story(
    instance: Instance, coolset: StandIn, sink: Sink, new_context: NewContext, tmp_path: Path
) -> None:
    cast = make_cast(coolset, today=datetime.now(UTC).date())
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, cast, watch.context.new_page(), watch)

    people.sign_up(stage)
    watch.expect()
    people.import_the_cast(stage, tmp_path)
    broker = [dumps.in_transit(instance)]
    acts.see_the_first_answers(stage)
    acts.read_the_to_do_list(stage)
    acts.check_now(stage)
    acts.rotate(stage)
    acts.revoke_and_have_it_proved(stage)
    acts.revoke_without_doing_it(stage)
    acts.revoke_the_wrong_one(stage)
    rounds.identify(stage)
    broker.append(dumps.in_transit(instance))
    rounds.reconcile(stage)
    rounds.report_use(stage)
    rounds.search_and_export(stage)
    rounds.read_the_trail(stage)
    rounds.try_a_policy(stage)
    rounds.let_an_auditor_in(stage)
    watch.expect()

    _mails(instance, sink)
    assert instance.run("verify_audit")["ok"] is True
    instance.stop()
    _nothing_leaked(stage, sink, broker)


def _mails(instance: Instance, sink: Sink) -> None:
    told = instance.run("send_reminders")
    assert told["due"] == told["sent"] > 0
    assert {"portal-team@acme.example", people.ADMINISTRATOR} <= set(sink.to)
    subjects = "\n".join(str(mail["Subject"]) for mail in sink.arrived)
    assert "still works" in subjects.lower()
    again = instance.run("send_reminders")
    assert (again["due"], again["sent"]) == (0, 0)


def _nothing_leaked(stage: Stage, sink: Sink, broker: list[bytes]) -> None:
    places: dict[str, Any] = {
        "database": dumps.database_cells(stage.instance),
        "data folder": dumps.folder_bytes(stage.instance.folder),
        "broker": b"\n".join([*broker, dumps.in_transit(stage.instance)]),
        "log": stage.instance.log.encode(),
        "terminal": stage.instance.printed.encode() + b"\n".join(stage.instance.runs),
        "mails": dumps.mails_bytes(sink.arrived),
        "exports": b"\n".join(stage.exports),
        "browser": stage.watch.close(),
    }
    values = stage.cast.values
    assert len(values) > 200 - 2
    for place, written in places.items():
        assert written, place
        assert found_in(written, values) == [], place
    for place in ("database", "mails", "exports", "browser"):
        assert b"Vendor scores" in places[place], f"{place} was not read"
    assert {one.startswith(f"{stage.instance.url}/") for one in stage.watch.addresses} == {True}
    # A browser puts what is typed into the search field into one address, once; it was refused.
    asked = [one for one in stage.watch.addresses if found_in(one.encode(), values)]
    assert ["/tokens/?q=" in one for one in asked] == [True]
    for key in stage.keys:
        assert [place for place in places if key.encode() in places[place]] == ["browser"]
