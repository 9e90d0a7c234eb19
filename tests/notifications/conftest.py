"""A mail server, and tokens that are due."""

from collections.abc import Iterator

import pytest

from tests.notifications.sink import Sink, running


@pytest.fixture
def sink(socket_enabled: None) -> Iterator[Sink]:
    with running() as server:
        yield server
