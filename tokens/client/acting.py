"""add, revoke, report-use: what changes something on the server."""

from __future__ import annotations

import getpass
import sys
import warnings
from argparse import Namespace
from typing import Any

from tokens.client.arguments import FIELDS, given
from tokens.client.http import Api
from tokens.client.output import emit, say
from tokens.client.reading import token_id
from tokens.client.table import shown
from tokens.client.trouble import DONE, LEFT_UNDONE, Trouble, bad
from tokens.policy.idempotency import check_key
from tokens.policy.register import LONGEST, Invalid, check_value

_PLACE = ("integration", "company", "environment", "scope", "hint")
_CREATED, _ACCEPTED = 201, 202


def add(api: Api, options: Namespace) -> int:
    """`add`: store a token; its value is read here and never shown."""
    body = given(options, list(FIELDS))
    if "workspace_id" in body:
        body["workspace_id"] = _number(body["workspace_id"])
    body |= {"held": not options.not_held, "allow_shared": options.allow_shared}
    secrets: list[str] = []
    if not options.not_held:
        body["token"] = value_given()
        secrets = [body["token"]]
    once = options.idempotency_key
    if once is not None:
        _check_once(once)
    _, found = api.post("tokens/", body, secrets=secrets, once=once or "")
    emit(found, f"Stored: {_place(found)}\n{shown(found.get('id'))}", as_json=options.json)
    return DONE


def _check_once(key: str) -> None:
    try:
        check_key(key)
    except Invalid as problem:
        reason = problem.reason
    else:
        return
    raise bad(f"--idempotency-key {reason}.")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise bad("--workspace-id is not a number.")
    return int(text)


def value_given() -> str:
    """The value from a pipe, or typed without being shown. Raises Trouble, never with it."""
    if sys.stdin.isatty():
        value = _typed()
    else:
        # Whoever pipes a file in by mistake is told so, and not made to wait.
        value = sys.stdin.buffer.read(4 * LONGEST).decode("latin-1").strip()
    try:
        check_value(value)
    except Invalid as problem:
        reason = problem.reason
    else:
        return value
    raise bad(f"The value on standard input {reason}.")


def _typed() -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass("Token (not shown): ").strip()
    except getpass.GetPassWarning:
        raise bad("This terminal would show what you type: pipe the value in.") from None
    except EOFError:
        raise bad("No value was given.") from None


def revoke(api: Api, options: Namespace) -> int:
    """`revoke`: record it, after asking; 1 where a second person has to approve first."""
    which = token_id(options)
    if not options.yes:
        _confirm(api, which)
    body = given(options, ["reason", "by", "at"])
    status, found = api.post(f"tokens/{which}/revocation/", body)
    if status == _ACCEPTED:
        until = shown(found.get("expires_at"))
        text = f"Asked for, not recorded: another person has to approve it until {until}."
        emit({"recorded": False, "approval": found}, text, as_json=options.json)
        return LEFT_UNDONE
    text = "Recorded. Checks prove it in the minutes after: `show` tells."
    emit({"recorded": True, "revocation": found}, text, as_json=options.json)
    return DONE


def _confirm(api: Api, which: str) -> None:
    if not sys.stdin.isatty():
        raise bad("Nobody can be asked here: give --yes.")
    say(_place(api.get(f"tokens/{which}/")))
    say("This records what was done in Coolset, and does nothing there. Revoke it there first.")
    sys.stderr.write("Record that it was revoked? Type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise Trouble("Nothing was recorded.", LEFT_UNDONE)


def report_use(api: Api, options: Namespace) -> int:
    """`report-use`: with the usage key of the integration."""
    if not api.server.for_usage:
        raise bad("Use is reported with the usage key of the integration (ctg_…), not this one.")
    body = given(options, ["seen_at", "address", "user_agent"])
    _, found = api.post(f"tokens/{token_id(options)}/usage/", body)
    emit(found, f"Reported; last seen {shown(found.get('last_seen_at'))}.", as_json=options.json)
    return DONE


def _place(token: dict[str, Any]) -> str:
    return ", ".join(text for text in (shown(token.get(name)) for name in _PLACE) if text)
