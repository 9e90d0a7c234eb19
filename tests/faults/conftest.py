"""Fixtures of the fault campaign. Each fault prints what it injected and what held."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests import machine
from tests.faults.campaign import SEEDS, Campaign, described, running
from tests.faults.cluster import Cluster, own_cluster
from tests.faults.telling import FAULT, Teller
from tests.journeys.instance import Instance

Describe = Callable[..., AbstractContextManager[Campaign]]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Teller(config))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What chance chooses is chosen anew several times in the long campaign."""
    if len(SEEDS) > 1 and metafunc.definition.get_closest_marker("chance"):
        metafunc.parametrize("seed", SEEDS, indirect=True, ids=[f"seed{each}" for each in SEEDS])


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What a campaign's chance begins with."""
    return int(getattr(request, "param", SEEDS[0]))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster | None]:
    """The campaign's own PostgreSQL where the suite runs on one, and one can be made here."""
    if not machine.on_postgresql():
        yield None
        return
    with own_cluster() as made:
        yield made


@pytest.fixture
def own_postgresql(cluster: Cluster | None) -> Cluster:
    """For faults that would hurt a server of somebody else's."""
    if cluster is None:
        pytest.skip("the programs of a PostgreSQL server (initdb) are not on this machine")
    return cluster


@pytest.fixture(scope="session")
def model(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster | None
) -> Iterator[Instance | None]:
    """An instance with an empty database, so that not every fault has to lay out one of its own."""
    if cluster is None and machine.on_postgresql():
        yield None
        return
    with described(tmp_path_factory.mktemp("model"), cluster) as made:
        yield made.instance


@pytest.fixture
def describe(
    tmp_path: Path,
    cluster: Cluster | None,
    model: Instance | None,
    seed: int,
    request: pytest.FixtureRequest,
) -> Describe:
    """Makes a campaign whose instance has such variables and is not started; it tells at the end
    what it injected, the fault that was not survived included."""

    @contextmanager
    def made(**more: str) -> Iterator[Campaign]:
        with described(tmp_path, cluster, model, **more) as found:
            found.begin_with(seed)
            try:
                yield found
            finally:
                request.node.user_properties.append((FAULT, found.facts()))

    return made


@pytest.fixture
def quiet(describe: Describe) -> Iterator[Campaign]:
    """A campaign whose instance is not started."""
    with describe() as found:
        yield found


@pytest.fixture
def campaign(quiet: Campaign) -> Iterator[Campaign]:
    """A campaign with `manage.py up`, an administrator, and nothing imported yet."""
    with running(quiet):
        quiet.add_administrator()
        yield quiet
