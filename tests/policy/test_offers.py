import pytest

from tests.factories import token_value
from tokens.policy.offers import Kind, Listed, offers

BY_NUMBER = {7: "Acme GmbH"}
BY_NAME = {"Acme GmbH": 7, "Birch AG": None}


@pytest.mark.parametrize(
    ("listed", "kind", "number", "name"),
    [
        (Listed(7, 1, "Acme as Coolset calls it"), Kind.KNOWN, 7, "Acme GmbH"),
        (Listed(1, 7, "whatever"), Kind.KNOWN, 7, "Acme GmbH"),  # either id matches
        (Listed(8, 2, "Birch AG"), Kind.CONNECT, 8, "Birch AG"),
        (Listed(8, 2, "Acme GmbH"), Kind.TAKEN, 8, "Acme GmbH"),  # a name proves nothing
        (Listed(8, 2, "Cedar SA"), Kind.NEW, 8, "Cedar SA"),
        (Listed(None, 2, " Cedar SA "), Kind.NEW, 2, "Cedar SA"),
        (Listed(8, 2, ""), Kind.NAMELESS, 8, ""),
    ],
)
def test_what_a_workspace_is_here(listed: Listed, kind: Kind, number: int, name: str) -> None:
    (found,) = offers([listed], BY_NUMBER, BY_NAME)
    assert (found.kind, found.number, found.name) == (kind, number, name)


def test_a_name_that_is_a_token_is_none() -> None:
    (found,) = offers([Listed(8, 2, token_value())], {}, {})
    assert (found.kind, found.name) == (Kind.NAMELESS, "")


def test_sorted_by_name_and_each_number_once() -> None:
    listed = [
        Listed(2, None, "b"),
        Listed(1, None, "a"),
        Listed(2, None, "c"),
        Listed(None, None, "d"),
    ]
    assert [(each.number, each.name) for each in offers(listed, {}, {})] == [(1, "a"), (2, "b")]
