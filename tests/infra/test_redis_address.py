"""REDIS_URL: one server, or sentinels that say which server it is."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from coolset_admin.lost_redis import told
from coolset_admin.settings.jobs import broker, cache
from tokens import redis_address

PASSWORD = "p@ss:" + secrets.token_hex(4)
QUOTED = PASSWORD.replace("@", "%40").replace(":", "%3A")
GROUP = f"sentinel://app:{QUOTED}@one:26380,two,[::1]:7/2?master=main&sentinel_password=s%26t"


@pytest.mark.parametrize("url", ["redis://cache/0", "rediss://:x@cache:1/3", "unix:///run/redis"])
def test_one_server_is_left_to_the_libraries(url: str, tmp_path: Path) -> None:
    assert redis_address.read(url) is None
    assert broker(url, tmp_path)[0] == url
    described = cache(url)["default"]
    assert described["LOCATION"] == [url]
    assert "pool_class" not in described["OPTIONS"]


def test_sentinels_are_read() -> None:
    found = redis_address.read(GROUP)
    assert found is not None
    assert found.hosts == (("one", 26380), ("two", 26379), ("::1", 7))
    assert (found.master, found.db, found.username) == ("main", 2, "app")
    assert (found.password, found.sentinel_password) == (PASSWORD, "s&t")
    assert PASSWORD not in repr(found)


def test_what_may_be_left_out() -> None:
    found = redis_address.read("sentinel://one,two")
    assert found is not None
    assert (found.master, found.db, found.password) == ("mymaster", 0, "")
    assert found.broker_url() == "sentinel://one:26379/0;sentinel://two:26379/0"
    assert "password" not in found.asking(3)


def test_the_broker_asks_every_sentinel_and_signs_in_at_the_server(tmp_path: Path) -> None:
    url, options = broker(GROUP, tmp_path)
    assert url.split(";") == [
        f"sentinel://app:{QUOTED}@one:26380/2",
        f"sentinel://app:{QUOTED}@two:26379/2",
        f"sentinel://app:{QUOTED}@[::1]:7/2",
    ]
    assert options["master_name"] == "main"
    assert options["sentinel_kwargs"]["password"] == "s&t"
    assert options["sentinel_kwargs"]["socket_timeout"] <= 5
    assert options["socket_timeout"] <= 5


def test_the_cache_finds_the_server_by_its_sentinels() -> None:
    options = cache(GROUP)["default"]["OPTIONS"]
    assert options.pop("pool_class") == "tokens.redis_address.SentinelPool"
    pool: Any = redis_address.SentinelPool.from_url(GROUP, **options)
    assert pool.service_name == "main"
    given = pool.connection_kwargs
    assert (given["username"], given["password"], given["db"]) == ("app", PASSWORD, 2)
    assert given["socket_timeout"] <= 5
    asked = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    assert [each["host"] for each in asked] == ["one", "two", "::1"]
    assert {each["password"] for each in asked} == {"s&t"}


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("sentinel://:hunter2@/0", "host:port"),
        ("sentinel://:hunter2@one,,two/0", "host:port"),
        ("sentinel://:hunter2@one:port/0", "host:port"),
        ("sentinel://:hunter2@one/main", "number"),
        ("sentinel://:hunter2@one/0?service=main", "unknown word"),
        ("sentinel://:so?hunter2=1@one/0", "unknown word"),
        ("sentinel://:hunter2\uff1as@one:26379/0", "cannot be read"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(url: str, word: str, tmp_path: Path) -> None:
    for uses in (cache, lambda given: broker(given, tmp_path)):
        with pytest.raises(ImproperlyConfigured, match=f"REDIS_URL.*{word}") as told_so:
            uses(url)
        assert "hunter2" not in str(told_so.value)


def test_a_channel_without_a_connection_says_that_it_is_lost() -> None:
    from redis import ConnectionError as Lost

    class Channel:
        connection: Any = None
        asked = told(lambda channel, asynchronous=False: {"asynchronous": asynchronous})

    class Transport:
        client: Any = None

    channel: Any = Channel()
    for connection in (None, Transport()):
        channel.connection = connection
        with pytest.raises(Lost):
            channel.asked()
    channel.connection.client = object()
    assert channel.asked(asynchronous=True) == {"asynchronous": True}


def test_kombu_still_asks_where_this_listens() -> None:
    from kombu.transport import redis

    channel: Any = redis.Channel
    of_sentinels: Any = redis.SentinelChannel
    assert callable(channel._connparams)
    assert of_sentinels._connparams is channel._connparams
