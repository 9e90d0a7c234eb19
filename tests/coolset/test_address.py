"""Where tokens may be sent, and nowhere else."""

import pytest

from tokens.coolset.address import DEFAULT_URL, AddressError, ApiAddress, is_loopback

PATH = "accounts/user-config/"


@pytest.mark.parametrize(
    "url",
    [
        "https://developers.coolset.com/api/",
        "https://developers.coolset.com/api",
        "https://developers.coolset.com/",
        "https://developers.coolset.com",
        "HTTPS://Developers.Coolset.com/api//".lower(),
    ],
)
def test_one_api_neither_doubled_nor_missing(url: str) -> None:
    address = ApiAddress.parse(url, production=True)
    assert address.join(PATH) == "https://developers.coolset.com/api/accounts/user-config/"
    assert address.join("/" + PATH) == address.join(PATH)
    assert not address.allowed


def test_the_default_is_the_vendors() -> None:
    assert ApiAddress.parse(DEFAULT_URL, production=True).base == DEFAULT_URL


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8123/api", "http://127.0.0.1:8123/api/"),
        ("http://localhost:8123/api/", "http://localhost:8123/api/"),
        ("http://[::1]:8123/api/", "http://[::1]:8123/api/"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123/"),
        ("https://127.8.8.8/x/y", "https://127.8.8.8/x/y/"),
    ],
)
def test_loopback_is_taken_as_it_is_outside_production(url: str, base: str) -> None:
    address = ApiAddress.parse(url, production=False)
    assert (address.base, address.loopback, address.allowed) == (base, True, False)
    with pytest.raises(AddressError):
        ApiAddress.parse(url, production=True)


def test_a_named_host_is_let_in_and_said_to_be() -> None:
    address = ApiAddress.parse("https://proxy.example/c/api/", "Proxy.Example", production=True)
    assert (address.base, address.allowed) == ("https://proxy.example/c/api/", True)
    assert ApiAddress.parse("http://127.0.0.1:1/", "127.0.0.1", production=True).allowed


@pytest.mark.parametrize(
    "url",
    [
        "http://developers.coolset.com/api/",
        "http://proxy.example/api/",
        "https://evilcoolset.com/api/",
        "https://coolset.com.evil.example/api/",
        "https://other.example/api/",
        "https://developers.coolset.com@evil.example/api/",
        "https://user:pw@developers.coolset.com/api/",
        "https://developers.coolset.com/api/?a=b",
        "https://developers.coolset.com/api/#x",
        "https://developers.coolset.com\\@evil.example/api/",
        "https://developers.coolset.com/api/%2e%2e/",
        "https://developers.coolset.com/../api/",
        "https://developers.coolset.com/a//b/",
        "https://developers.coolset.com:99999/api/",
        "https://developers.coolset.com:x/api/",
        "https://..coolset.com/api/",
        "https://developers.coolset.com./api/",
        "https://d\u0435velopers.coolset.com/api/",
        "https://developers.coolset.com/api/\n",
        " https://developers.coolset.com/api/",
        "ftp://developers.coolset.com/api/",
        "developers.coolset.com/api/",
        "https://",
        "",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost.evil.example/",
        "https://[::1/",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(AddressError) as caught:
        ApiAddress.parse(url, "proxy.example", production=False)
    assert "COOLSET_API_URL" in str(caught.value)


@pytest.mark.parametrize("allow", ["https://proxy.example", "proxy.example:8", "*", "a b"])
def test_the_allowed_host_is_one_host(allow: str) -> None:
    with pytest.raises(AddressError, match="COOLSET_ALLOW_HOST"):
        ApiAddress.parse("https://proxy.example/", allow, production=True)


@pytest.mark.parametrize(
    ("url", "allow", "permitted", "refused"),
    [
        (DEFAULT_URL, None, ["8.8.8.8", "2a00:1450::1"], ["127.0.0.1", "10.1.1.1", "::1", "x"]),
        (DEFAULT_URL, None, [], ["169.254.169.254", "fe80::1%eth0", "224.0.0.1", "100.64.0.1"]),
        ("http://localhost:1/", None, ["127.0.0.1", "::1"], ["8.8.8.8", "10.0.0.1"]),
        ("https://proxy.example/", "proxy.example", ["10.0.0.1", "8.8.8.8", "127.0.0.1"], [""]),
    ],
)
def test_where_a_name_may_lead(
    url: str, allow: str | None, permitted: list[str], refused: list[str]
) -> None:
    address = ApiAddress.parse(url, allow, production=False)
    assert all(address.permits_peer(peer) for peer in permitted)
    assert not any(address.permits_peer(peer) for peer in refused)


@pytest.mark.parametrize(
    "peer",
    [
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "::7f00:1",
        "::ffff:0:a00:1",
        "fec0::1",
    ],
)
def test_a_private_place_in_an_address_of_another_kind_is_refused(peer: str) -> None:
    address = ApiAddress.parse(DEFAULT_URL, None, production=True)
    assert not address.permits_peer(peer)
    assert address.permits_peer("64:ff9b::808:808")  # 8.8.8.8 from a network without IPv4


def test_loopback_in_its_plain_spellings() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.9.9.9", "::1"]))
    assert not any(map(is_loopback, ["localhost.", "::ffff:127.0.0.1", "10.0.0.1", "127.1", ""]))
