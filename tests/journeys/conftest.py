"""What the browser fixtures need here."""

import pytest


@pytest.fixture(scope="session")
def base_url() -> None:
    """Instances listen on ports of their own, so contexts are told; the plugin's own fixture is a
    session-scoped method, which pytest 9 warns of."""
    return
