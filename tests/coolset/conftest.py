"""A stand-in for the whole module of tests; every test seeds tokens of its own."""

from collections.abc import Iterator

import pytest

from tests.stand_in import StandIn


@pytest.fixture(scope="module")
def coolset() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running
