"""Servers that misbehave: the probe ends in time, in little memory, and tells nobody the token."""

import asyncio
import logging
import resource
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.coolset.helpers import client, new_token, probe, probe_mode
from tests.stand_in import StandIn
from tokens.coolset.address import ApiAddress
from tokens.coolset.client import CoolsetClient
from tokens.coolset.outcomes import Answer, Problem
from tokens.policy.vocabulary import Outcome

pytestmark = pytest.mark.enable_socket

MEGABYTES_50 = 50 * 1024  # ru_maxrss counts kilobytes


@contextmanager
def raw_server(reply: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that says `reply` to whoever connects, and keeps what it was told."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def run() -> None:
            try:
                while True:
                    peer, _ = listener.accept()
                    with peer:
                        peer.settimeout(5)
                        heard.append(peer.recv(65536))
                        peer.sendall(reply)
            except OSError:
                return  # closed: the test is over

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/", heard
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("mode", ["drip", "slow"])
def test_wall_time_is_bounded_whatever_comes(coolset: StandIn, mode: str) -> None:
    token = new_token()
    coolset.seed(token, mode, options={"ms": 30_000})
    started = time.monotonic()
    answer = probe(coolset.url, token, timeout_seconds=0.6)
    assert (answer.outcome, answer.problem) == (Outcome.UNREACHABLE, Problem.TIMEOUT)
    assert 0.5 < time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("mode", "problem"), [("huge", Problem.TOO_LARGE), ("gzip_bomb", Problem.COMPRESSED)]
)
def test_a_gigabyte_stays_out_of_memory(coolset: StandIn, mode: str, problem: Problem) -> None:
    probe_mode(coolset, "valid")
    if mode == "gzip_bomb":
        probe_mode(coolset, mode)  # the stand-in builds its bomb once, in this process
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = probe_mode(coolset, mode)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (answer.outcome, answer.problem) == (Outcome.UNUSABLE, problem)
    assert grown < MEGABYTES_50
    assert answer.latency_ms < 3000


def test_a_broken_connection_is_no_answer(coolset: StandIn) -> None:
    answer = probe_mode(coolset, "reset")
    assert (answer.outcome, answer.problem) == (Outcome.UNREACHABLE, Problem.RESET)
    assert answer.status is None


def test_a_body_that_is_cut_off_does_not_count(coolset: StandIn) -> None:
    answer = probe_mode(coolset, "truncated")
    assert (answer.outcome, answer.problem) == (Outcome.UNUSABLE, Problem.TRUNCATED)


def test_nobody_listens() -> None:
    answer = probe(f"http://127.0.0.1:{closed_port()}/api/", new_token())
    assert (answer.outcome, answer.problem) == (Outcome.UNREACHABLE, Problem.REFUSED)


def test_what_is_not_http_does_not_count() -> None:
    with raw_server(b"SSH-2.0-OpenSSH_9.2\r\n\r\n") as (url, _):
        answer = probe(url, new_token())
    assert (answer.outcome, answer.problem) == (Outcome.UNUSABLE, Problem.PROTOCOL)


def test_a_redirect_takes_nothing_to_a_second_host(coolset: StandIn) -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (url, heard):
        answer = probe_mode(coolset, "redirect", to=url)
    assert (answer.outcome, answer.problem) == (Outcome.UNUSABLE, Problem.REDIRECT)
    assert heard == []


def test_proxies_and_netrc_of_the_machine_are_ignored(
    coolset: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (url, heard):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
        assert probe_mode(coolset, "valid").outcome is Outcome.VALID
    assert heard == []


def test_the_request_is_the_documented_one() -> None:
    token = new_token()
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (url, heard):
        assert probe(url, token).outcome is Outcome.VALID
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /api/accounts/user-config/ HTTP/1.1"
    assert f"Authorization: Bearer {token}" in lines
    assert "Accept-Encoding: identity" in lines
    assert "Content-Type: application/json" in lines


def test_cookies_are_not_kept(coolset: StandIn) -> None:
    reply = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\n{}"
    with raw_server(reply) as (url, heard):

        async def run() -> None:
            async with client(url) as asking:
                await asking.probe(new_token())
                await asking.probe(new_token())

        asyncio.run(run())
    assert len(heard) == 2
    assert b"ookie" not in heard[1]


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    with StandIn(tls=self_signed(tmp_path)) as own:
        answer = probe(own.url, new_token())
        assert (answer.outcome, answer.problem) == (Outcome.UNREACHABLE, Problem.TLS)
        assert own.calls() == 0


def resolve_to(monkeypatch: pytest.MonkeyPatch, peer: str | None) -> Answer:
    def getaddrinfo(*_: object) -> list[tuple[object, ...]]:
        if peer is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (peer, 443))]

    monkeypatch.setattr("tokens.coolset.resolver.socket.getaddrinfo", getaddrinfo)

    async def run() -> Answer:
        address = ApiAddress.parse("https://developers.coolset.com/api/", production=True)
        async with CoolsetClient(
            address, timeout_seconds=2, concurrency=1, now=lambda: datetime.now(UTC)
        ) as asking:
            return await asking.probe(new_token())

    return asyncio.run(run())


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = resolve_to(monkeypatch, None)
    assert (answer.outcome, answer.problem) == (Outcome.UNREACHABLE, Problem.DNS)


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "0.0.0.0"])  # noqa: S104
def test_a_vendor_name_that_leads_home_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, peer: str
) -> None:
    answer = resolve_to(monkeypatch, peer)
    assert (answer.outcome, answer.problem) == (Outcome.UNREACHABLE, Problem.ADDRESS)


def test_a_resolver_that_hangs_does_not_outlast_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = threading.Event()

    def hang(*_: object) -> list[object]:
        gate.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "late")

    monkeypatch.setattr("tokens.coolset.resolver.socket.getaddrinfo", hang)
    started = time.monotonic()
    answer = probe("http://localhost:9/api/", new_token(), timeout_seconds=0.5)
    assert answer.problem is Problem.TIMEOUT
    assert time.monotonic() - started < 3
    gate.set()


@pytest.mark.parametrize("odd", ["\n", "\r\nX-Other: 1", "\x00", "\u2019", " a", "\ud800"])
def test_an_odd_value_never_reaches_a_header(coolset: StandIn, odd: str) -> None:
    before = coolset.calls()
    answer = probe(coolset.url, new_token() + odd)
    assert (answer.outcome, answer.problem) == (Outcome.UNREADABLE, Problem.BAD_VALUE)
    assert answer.calls == 0
    assert coolset.calls() == before


@pytest.mark.parametrize("mode", ["reset", "truncated", "drip", "valid", "redirect"])
def test_no_answer_and_no_log_holds_the_value(
    coolset: StandIn, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = new_token()
    coolset.seed(token, mode, options={"to": "http://127.0.0.1:9/"})
    answer = probe(coolset.url, token, timeout_seconds=0.5)
    assert token not in repr(answer) + caplog.text


def test_cancelling_ends_a_probe_at_once(coolset: StandIn) -> None:
    token = new_token()
    coolset.seed(token, "slow", options={"ms": 20_000})

    async def run() -> None:
        async with client(coolset.url, timeout_seconds=20) as asking:
            task = asyncio.create_task(asking.probe(token))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    started = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - started < 5


def self_signed(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(secrets.randbits(64) + 1)
    builder = builder.not_valid_before(now - timedelta(days=1))
    certificate = builder.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
