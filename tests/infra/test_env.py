"""The environment's reader: clear words for what is wrong, and never a value in them."""

import os
import secrets
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from coolset_admin import env
from tokens.policy.two_people import Rule


def test_a_secret_comes_from_the_variable_or_from_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    value, path = secrets.token_hex(), tmp_path / "secret"
    path.write_text(f"{value}\n")
    assert env.secret("SOME_SECRET") == ""
    monkeypatch.setenv("SOME_SECRET_FILE", str(path))
    assert env.secret("SOME_SECRET") == value
    monkeypatch.setenv("SOME_SECRET", value)
    with pytest.raises(ImproperlyConfigured, match="not both") as caught:
        env.secret("SOME_SECRET")
    assert value not in str(caught.value)
    monkeypatch.delenv("SOME_SECRET_FILE")
    assert env.secret("SOME_SECRET") == value


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET_FILE", "/nonexistent/secret")
    with pytest.raises(ImproperlyConfigured, match=r"SOME_SECRET_FILE .*FileNotFoundError"):
        env.secret("SOME_SECRET")


@pytest.mark.parametrize("raw", ["x", "-1", "inf", "nan", "1e999"])
def test_numbers_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("SOME_NUMBER", raw)
    with pytest.raises(ImproperlyConfigured, match="SOME_NUMBER"):
        env.number("SOME_NUMBER", 1)


def test_numbers_flags_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A", "2.5")
    monkeypatch.setenv("B", " 7 ")
    monkeypatch.setenv("C", "1")
    monkeypatch.setenv("D", "a.example, ,b.example")
    monkeypatch.setenv("E", "maybe")
    assert env.number("A", 1) == 2.5
    assert env.whole("B", 1) == 7
    assert env.whole("UNSET", 3) == 3
    assert env.flag("C") is True
    assert env.flag("UNSET") is False
    assert env.words("D") == ["a.example", "b.example"]
    with pytest.raises(ImproperlyConfigured, match="whole"):
        env.whole("A", 1)
    with pytest.raises(ImproperlyConfigured, match="E must be 0 or 1"):
        env.flag("E")


def test_the_two_person_rule_takes_its_words_alone() -> None:
    assert env.two_person_rule(["revocation", "keys"]) == frozenset(Rule)
    with pytest.raises(ImproperlyConfigured, match=r"TWO_PERSON_RULE may name revocation and keys"):
        env.two_person_rule(["revocation", "exceptions"])


@pytest.mark.parametrize(
    ("argv", "said", "role"),
    [
        (["manage.py", "migrate"], "", "command"),
        (["manage.py", "runserver"], "", "web"),
        (["manage.py", "up"], "", "command"),
        (["/x/bin/gunicorn", "coolset_admin.wsgi"], "", "web"),
        (["/x/gunicorn/__main__.py", "coolset_admin.wsgi"], "", "web"),
        (["/x/bin/celery", "-A", "coolset_admin", "worker"], "", "worker"),
        (["/x/celery/__main__.py", "-A", "coolset_admin", "beat"], "", "beat"),
        (["/x/bin/celery", "-A", "coolset_admin", "inspect"], "", "command"),
        (["/x/bin/pytest"], "", "command"),
        (["manage.py", "migrate"], "web", "web"),
        ([], "", "command"),
    ],
)
def test_the_role_of_a_process(argv: list[str], said: str, role: str) -> None:
    assert env.process_role(argv, {"PROCESS_ROLE": said} if said else {}) == role


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="beat, command, web, worker"):
        env.process_role([], {"PROCESS_ROLE": "admin"})


def test_starttls_is_demanded_and_never_mixed_with_tls() -> None:
    password = secrets.token_hex(4) + "/@:"
    quoted = password.replace("/", "%2F").replace("@", "%40").replace(":", "%3A")
    found = env.email(f"smtp+tls://user%40example.com:{quoted}@mail.example.com")
    assert found["EMAIL_USE_TLS"] is True
    assert found["EMAIL_USE_SSL"] is False
    assert found["EMAIL_PORT"] == 587
    assert found["EMAIL_HOST_USER"] == "user@example.com"
    assert found["EMAIL_HOST_PASSWORD"] == password
    assert found["EMAIL_TIMEOUT"] == 15


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("console://", "console"),
        ("memory://", "locmem"),
        ("file:///tmp/mail", "filebased"),
        ("smtp://localhost:2525", "smtp"),
        ("smtp+ssl://mail.example.com", "smtp"),
    ],
)
def test_every_kind_of_mail_address_names_a_backend_that_exists(url: str, backend: str) -> None:
    found = env.email(url)
    assert found["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert get_connection(found["EMAIL_BACKEND"], file_path="/tmp") is not None  # noqa: S108


@pytest.mark.parametrize(
    "url",
    ["", "mail.example.com", "smtp:", "http://mail", "file://host/dir", "file:/", "smtp://h:x"],
)
def test_other_mail_addresses_are_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        env.email(url)
    assert not url or f"{url} " not in f"{caught.value} "


def test_sqlite_is_patient_and_immediate(tmp_path: Path) -> None:
    found = env.database("", default=tmp_path / "db.sqlite3", role="web")
    assert found["NAME"] == str(tmp_path / "db.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found["OPTIONS"]["timeout"] == 20
    assert "WAL" in found["OPTIONS"]["init_command"]


def test_postgresql_is_pooled_in_web_alone(tmp_path: Path) -> None:
    url = "postgres://user@127.0.0.1:5433/tokens?sslmode=require"
    web = env.database(url, default=tmp_path, role="web")
    worker = env.database(url, default=tmp_path, role="worker")
    assert web["OPTIONS"]["pool"]["max_size"] >= 8
    assert web["OPTIONS"]["pool"]["timeout"] < 5, "a page says 503 in time"
    assert web["OPTIONS"]["sslmode"] == "require"
    assert web["OPTIONS"]["connect_timeout"] == 5
    assert web["OPTIONS"]["options"] == "-c jit=off"
    assert "pool" not in worker["OPTIONS"]
    assert worker["CONN_HEALTH_CHECKS"] is True


def test_an_address_may_say_its_own_options(tmp_path: Path) -> None:
    url = "postgres://user@127.0.0.1/tokens?options=-c%20jit%3Don"
    assert env.database(url, default=tmp_path, role="web")["OPTIONS"]["options"] == "-c jit=on"


@pytest.mark.parametrize("url", ["mysql://a/b", "sqlite:x", "oracle://a/b"])
def test_other_databases_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database(url, default=tmp_path, role="web")


def test_the_data_folder_is_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_DIR", raising=False)
    assert env.data_dir() == env.BASE_DIR / "var"
    monkeypatch.setenv("DATA_DIR", "some/where")
    assert env.data_dir() == Path(os.getcwd()) / "some" / "where"  # noqa: PTH109


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("127.9.9.9", True),
     ("0.0.0.0", False), ("example.com", False), ("::", False)],  # noqa: S104
)  # fmt: skip
def test_loopback(host: str, expected: bool) -> None:
    assert env.is_loopback(host) is expected


@pytest.mark.parametrize("role", ["web", "worker"])
def test_behind_a_pooler_nothing_outlives_a_transaction(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, role: str
) -> None:
    monkeypatch.setenv("DATABASE_POOLER", "1")
    found = env.database("postgres://h/d", default=tmp_path, role=role)
    assert not {"pool", "options"} & set(found["OPTIONS"])
    assert found["OPTIONS"]["prepare_threshold"] is None
    assert (found["CONN_MAX_AGE"], found["DISABLE_SERVER_SIDE_CURSORS"]) == (0, True)
