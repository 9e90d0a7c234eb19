"""Where the key goes, how long a call lasts, and what is said when it fails."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.client.conftest import Client
from tests.factories import token_value

pytestmark = pytest.mark.enable_socket
KEY = "ctgk_" + "k" * 43
PLACE = (
    "--company", "Acme GmbH", "--integration", "ERP", "--environment", "production",
    "--scope", "write",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as found:
        yield found


@pytest.fixture
def client(program: Path, server: HTTPServer) -> Client:
    return Client(program, server.url_for("/"), KEY)


def test_the_key_is_sent_to_the_server_alone(client: Client, server: HTTPServer) -> None:
    with HTTPServer(host="127.0.0.1") as other:
        headers = {"Location": other.url_for("/api/v1/tokens/")}
        server.expect_request("/api/v1/tokens/").respond_with_data("", 302, headers)
        done = client.run("list")
        assert done.returncode == 1
        assert "correct COOLSET_TOKENS_URL" in done.stderr
        assert other.log == []
    ((request, _),) = server.log
    assert request.headers["Authorization"] == f"Api-Key {KEY}"


def test_the_next_page_is_asked_of_the_same_server(client: Client, server: HTTPServer) -> None:
    def page(request: Request) -> Response:
        cursor = request.args.get("cursor", "")
        following = (
            None if cursor == "b" else "http://elsewhere.example/else/?cursor=b&flag=overdue"
        )
        return Response(f'{{"next": {_json(following)}, "results": [{{"id": "{cursor or "a"}"}}]}}')

    server.expect_request("/api/v1/tokens/").respond_with_handler(page)
    done = client.run("list", "--flag", "overdue")
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["Id", "a", "b"]
    assert [request.args["flag"] for request, _ in server.log] == ["overdue", "overdue"]


def _json(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'


def test_a_page_that_leads_to_itself_ends(client: Client, server: HTTPServer) -> None:
    body = {"next": "?cursor=a", "results": []}
    server.expect_request("/api/v1/tokens/").respond_with_json(body)
    done = client.run("list")
    assert done.returncode == 1
    assert len(server.log) == 2


def test_proxies_of_the_environment_are_left_alone(client: Client, server: HTTPServer) -> None:
    server.expect_request("/api/v1/companies/").respond_with_json({"next": None, "results": []})
    with HTTPServer(host="127.0.0.1") as proxy:
        names = ("http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY")
        done = client.run("companies", **dict.fromkeys(names, proxy.url_for("/")))
        assert proxy.log == []
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, 2, "Words of the server."),
        (401, 1, "The key is not accepted. Words of the server."),
        (403, 1, "The key does not allow this. Words of the server."),
        (404, 2, "Not found. Words of the server."),
        (409, 2, "Words of the server."),
        (500, 1, "The server is in trouble (500); try again later. Words of the server."),
        (503, 1, "The server is in trouble (503); try again later. Words of the server."),
    ],
)
def test_each_refusal_has_words_and_a_code(
    client: Client, server: HTTPServer, status: int, code: int, words: str
) -> None:
    body = {"detail": "Words of\x1b the server."}
    server.expect_request("/api/v1/tokens/").respond_with_json(body, status=status)
    done = client.run("list")
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.replace("  ", " ").rstrip() == words


def test_a_refusal_never_repeats_what_was_sent(client: Client, server: HTTPServer) -> None:
    value = "k3y-of-another-shape"
    for detail in (value, f"{KEY} and {value}", token_value()):
        server.clear()
        server.expect_request("/api/v1/tokens/").respond_with_json({"detail": detail}, status=400)
        done = client.run("add", *PLACE, "--json", stdin=value)
        for secret in (value, KEY, detail):
            assert secret not in done.stdout + done.stderr
    assert server.log


def test_429_is_waited_for_once(client: Client, server: HTTPServer) -> None:
    headers = {"Retry-After": "1"}
    server.expect_request("/api/v1/tokens/").respond_with_json(
        {"detail": "Slowly."}, status=429, headers=headers
    )
    done = client.run("list")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Too many calls: waiting 1 seconds, as the server asks.",
        "Too many calls. Slowly. Try again in 1 seconds.",
    ]
    assert len(server.log) == 2


def test_a_long_wait_is_told_and_not_waited_for(client: Client, server: HTTPServer) -> None:
    server.expect_request("/api/v1/tokens/").respond_with_data(
        "", 429, headers={"Retry-After": "3600"}
    )
    assert "Try again in 3600 seconds." in client.run("list").stderr
    assert len(server.log) == 1


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "[]", "", '{"results": 1}'])
def test_what_is_no_api_is_called_so(client: Client, server: HTTPServer, body: str) -> None:
    server.expect_request("/api/v1/tokens/").respond_with_data(body)
    done = client.run("list")
    assert done.returncode == 1
    assert done.stderr == (
        "What answers there is not the API of this product: check COOLSET_TOKENS_URL.\n"
    )


def test_nothing_listens(program: Path) -> None:
    done = Client(program, "http://127.0.0.1:9", KEY).run("add", *PLACE, stdin=token_value())
    assert done.returncode == 1
    assert done.stderr == "No answer from the server: nothing listens there.\n"


def test_an_act_without_an_answer_may_have_been_done(program: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drop() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                connection.recv(100)
                connection.close()

        thread = threading.Thread(target=drop, daemon=True)
        thread.start()
        client = Client(program, f"http://127.0.0.1:{listener.getsockname()[1]}", KEY)
        assert "not known" not in client.run("list").stderr
        done = client.run("add", *PLACE, stdin=token_value())
        thread.join()
    assert done.returncode == 1
    assert "Whether it was done is not known" in done.stderr


def certificate(folder: Path) -> Path:
    """Signed by itself, for 127.0.0.1."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "here.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return file


def test_certificates_are_checked(program: Path, tmp_path: Path) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        server.expect_request("/api/v1/companies/").respond_with_json({"next": None, "results": []})
        client = Client(program, server.url_for("/"), KEY)
        refused = client.run("companies")
        assert refused.returncode == 1
        assert "certificate is not trusted" in refused.stderr
        assert server.log == []
        assert client.run("companies", SSL_CERT_FILE=str(file)).returncode == 0


def test_a_proxy_that_is_named_sees_where_and_no_key(program: Path) -> None:
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            seen.append(connection.recv(4096))
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        client = Client(program, "https://governance.example.com", KEY)
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        done = client.run("list", COOLSET_TOKENS_PROXY=proxy)
        thread.join()
    assert done.returncode == 1
    assert done.stderr.startswith("No answer from the server")
    assert seen[0].startswith(b"CONNECT governance.example.com:443 ")
    assert KEY.encode() not in seen[0]
    assert client.run("list", COOLSET_TOKENS_PROXY="proxy.example.com:3128").returncode == 2
