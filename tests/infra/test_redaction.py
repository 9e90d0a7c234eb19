"""The net under the logs."""

import io
import logging
import logging.config
import secrets

import pytest
import structlog
from django.conf import settings

from coolset_admin.redaction import HIDDEN, mask, redact


@pytest.fixture
def token() -> str:
    return "sk_" + "live_" + secrets.token_hex(12)


@pytest.mark.parametrize(
    "before",
    [
        "{}",
        "x={}&y",
        "'{}'",
        "Bearer {}",
        "Api-Key {}",
        "/tokens/?q={}",
        "%20{}",
        "({},",
        "evil{}.example",
    ],
)
def test_a_value_is_masked_wherever_it_stands(before: str, token: str) -> None:
    assert token not in mask(before.format(token))
    assert HIDDEN in mask(before.format(token))


def test_any_bearer_value_is_masked_whatever_its_shape() -> None:
    value = secrets.token_urlsafe(20)
    assert value not in mask(f"Authorization: Bearer {value}")


@pytest.mark.parametrize("prefix", ["ctg_", "ctgk_"])
@pytest.mark.parametrize("before", ["/x?key={}", "Authorization={}", "'{}'", "key%3D{}"])
def test_our_own_keys_are_masked_too(prefix: str, before: str) -> None:
    key = prefix + secrets.token_urlsafe(32)
    assert key not in mask(before.format(key))
    assert mask(f"{prefix}…abcd") == f"{prefix}…abcd"  # what pages show stays readable


def test_tokens_of_an_identity_provider_are_masked() -> None:
    signed = ".".join(["eyJ" + secrets.token_urlsafe(30), secrets.token_urlsafe(40)])
    for token in (signed, f"{signed}.{secrets.token_urlsafe(40)}", f"{signed}."):
        assert mask(f"id_token='{token}' x") == f"id_token='{HIDDEN}' x"
    answer = {"event": "x", "id_token": signed, "access_token": "opaque", "client_secret": "y"}
    assert {**redact(None, "", answer)} == {
        "event": "x", "id_token": HIDDEN, "access_token": HIDDEN, "client_secret": HIDDEN,
    }  # fmt: skip


def test_what_comes_back_from_an_identity_provider_is_not_logged() -> None:
    line = f"GET /accounts/oidc/callback/?code={secrets.token_hex()}&state=x"
    assert redact(None, "", {"request": line})["request"] == "GET /accounts/oidc/callback/"


def test_a_link_that_sets_a_password_is_masked() -> None:
    uid, token = secrets.token_urlsafe(20), f"d1-{secrets.token_hex(16)}"
    line = f"Internal Server Error: /accounts/welcome/{uid}/{token}/"
    assert mask(line) == f"Internal Server Error: /accounts/welcome/{HIDDEN}"


@pytest.mark.parametrize(
    "name",
    ["token", "Authorization", "new_token", "client_secret", "password", "api_key", "Cookie"],
)
def test_names_that_promise_a_secret_are_emptied(name: str) -> None:
    assert redact(None, "", {name: secrets.token_hex()})[name] == HIDDEN


def test_ids_and_counts_stay_readable() -> None:
    event = {"token_id": "0199", "tokens": 3, "event": "swept", "secret_ids": ["a"]}
    assert redact(None, "", dict(event)) == event


def test_nested_values_and_objects_are_cleaned(token: str) -> None:
    event = {"data": {"token": "x", "list": [token]}, "error": ValueError(token)}
    assert token not in str(redact(None, "", dict(event)))


def test_the_query_of_an_address_is_not_logged() -> None:
    event = {"request": f"GET /tokens/?q={secrets.token_hex()}"}
    assert redact(None, "", event)["request"] == "GET /tokens/"


def test_the_configured_handler_masks_messages_arguments_and_tracebacks(token: str) -> None:
    stream = io.StringIO()
    config = {**settings.LOGGING, "handlers": {"stderr": {
        "class": "logging.StreamHandler", "formatter": "line", "stream": stream}}}  # fmt: skip
    logging.config.dictConfig(config)
    try:
        log = logging.getLogger("somebody.else")
        log.warning("sent %s", token)
        try:
            raise RuntimeError(f"refused Bearer {token}")
        except RuntimeError:
            log.exception("oops")
        structlog.get_logger("tokens.ours").warning("probe", token=token, note=f"<{token}>")
    finally:
        logging.config.dictConfig(settings.LOGGING)
    text = stream.getvalue()
    assert text.count(HIDDEN) >= 4
    assert "RuntimeError" in text
    assert token not in text
