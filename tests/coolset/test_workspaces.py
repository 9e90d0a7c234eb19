"""The workspaces of a user: a list that is not known to be complete proves nothing."""

from typing import Any

import pytest

from tests.coolset.helpers import new_token, workspaces
from tests.stand_in import StandIn
from tests.stand_in.answers import workspace
from tokens.coolset.outcomes import WorkspaceEntry
from tokens.coolset.workspaces import Listing
from tokens.policy.vocabulary import Outcome


def page(count: object, *results: object) -> dict[str, Any]:
    return {"count": count, "results": list(results)}


def row(number: int) -> dict[str, int]:
    return {"workspace_id": number, "id": number + 100}


@pytest.mark.enable_socket
@pytest.mark.parametrize(("many", "calls"), [(1, 1), (11, 1), (100, 1), (101, 2), (250, 3)])
def test_all_pages_are_followed(coolset: StandIn, many: int, calls: int) -> None:
    token = new_token()
    coolset.seed(token, workspaces=[workspace(n, f"Company {n}") for n in range(1, many + 1)])
    found = workspaces(coolset.url, token)
    assert found.outcome is Outcome.VALID
    numbers = range(1, many + 1)
    assert found.ids == frozenset([*numbers, *(n + 500_000 for n in numbers)])
    assert (len(found.entries), found.calls) == (many, calls)
    assert coolset.calls(token) == calls
    assert found.entries[0] == WorkspaceEntry(1, 500_001, "Company 1", "active")


@pytest.mark.enable_socket
def test_a_list_longer_than_the_pages_allowed_is_not_complete(coolset: StandIn) -> None:
    token = new_token()
    coolset.seed(token, workspaces=[workspace(n, "x") for n in range(1, 251)])
    found = workspaces(coolset.url, token, page_limit=2)
    assert (found.ids, found.calls, len(found.entries)) == (None, 2, 200)


@pytest.mark.enable_socket
@pytest.mark.parametrize("mode", ["unauthorized", "forbidden", "throttled", "500", "html200"])
def test_what_is_no_list_keeps_its_own_meaning(coolset: StandIn, mode: str) -> None:
    token = new_token()
    coolset.seed(token, mode)
    found = workspaces(coolset.url, token)
    assert found.outcome is found.last.outcome is not Outcome.VALID
    assert (found.ids, found.entries, found.calls) == (None, (), 1)


@pytest.mark.parametrize(
    "pages",
    [
        [page(0)],
        [page(2, row(1))],
        [page(1, row(1), row(2))],
        [page(2, row(1)), page(3, row(2))],
        [page(2, row(1)), page(2, row(1))],
        [page(True, row(1))],
        [page("1", row(1))],
        [page(-1, row(1))],
        [page(1, "x")],
        [page(1, {"name": "without an id"})],
        [page(1, {"workspace_id": True})],
        [{"results": [row(1)]}],
        [{"count": 1, "results": {}}],
        [{}],
    ],
)
def test_any_doubt_makes_it_incomplete(pages: list[dict[str, Any]]) -> None:
    listing = Listing()
    for each in pages:
        listing.add(each)
    assert listing.complete_ids() is None


def test_either_id_will_do() -> None:
    listing = Listing()
    listing.add(page(3, {"workspace_id": 1}, {"id": "2"}, {"workspace_id": 3, "id": 4}))
    assert listing.complete_ids() == frozenset({1, 2, 3, 4})
    assert not listing.wants_more


def test_a_page_that_is_empty_ends_the_asking() -> None:
    listing = Listing()
    listing.add(page(5, row(1)))
    assert listing.wants_more
    listing.add(page(5))
    assert not listing.wants_more


def test_names_are_made_harmless() -> None:
    listing = Listing()
    listing.add(page(1, {"id": 1, "name": "A\x00\n\u202e" + "b" * 500}))
    (entry,) = listing.entries
    assert entry.name == "A" + "b" * 199


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("inactive", "inactive"),
        (" Inactive ", "inactive"),
        ("", ""),
        (None, ""),
        (7, ""),
        (["inactive"], ""),
        ("in active", ""),
        ("inactive\x00", ""),
        ("<b>", ""),
        ("x" * 21, ""),
    ],
)
def test_a_type_is_a_short_word_or_nothing(said: object, kept: str) -> None:
    listing = Listing()
    listing.add({"count": 1, "results": [{"workspace_id": 1, "name": "A", "type": said}]})
    assert [entry.type for entry in listing.entries] == [kept]
    assert listing.complete_ids() == frozenset({1})
