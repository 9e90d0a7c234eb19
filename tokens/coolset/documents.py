"""Reading JSON from a stranger: strict in form, tolerant in content, never an exception."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from tokens.coolset.outcomes import Evidence

MAX_NESTING = 64
EVIDENCE_DEPTH = 4
_MAX_ID = 2**63 - 1
_DIGITS = re.compile(r"[0-9]{1,19}\Z", re.ASCII)
_EMAIL = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}\Z", re.ASCII)


class _Refused(ValueError):
    """JSON that two readers could understand differently."""


def parse_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in `body`, or None.

    Refused besides what is no object: bytes that are not UTF-8, keys given twice, NaN and
    Infinity, nesting deeper than MAX_NESTING.
    """
    try:
        document = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or _too_deep(document, body):
        return None
    return document


def read_id(value: object) -> int | None:
    """A positive id given as a number or a string of digits; a boolean is none."""
    if isinstance(value, str) and _DIGITS.match(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_ID:
        return None
    return value


def read_evidence(document: dict[str, Any]) -> Evidence:
    """Company and user that the answer names. Several different ones are none at all.

    The shape of user-config is unknown (coolset-api.md), so keys are looked for by name, in the
    top object and in objects inside it, but not in lists: those name what the user may see.
    """
    ids: set[int] = set()
    emails: set[str] = set()
    for level in _objects(document, EVIDENCE_DEPTH):
        found = read_id(level.get("workspace_id"))
        if found is not None:
            ids.add(found)
        email = level.get("email")
        if isinstance(email, str) and _EMAIL.match(email):
            emails.add(email.lower())
    return Evidence(
        ids.pop() if len(ids) == 1 else None, emails.pop() if len(emails) == 1 else None
    )


def _objects(document: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    yield document
    if depth:
        for value in document.values():
            if isinstance(value, dict):
                yield from _objects(value, depth - 1)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Refused
    return result


def _no_constant(_name: str) -> NoReturn:
    raise _Refused


def _too_deep(document: dict[str, Any], body: bytes) -> bool:
    if body.count(b"{") + body.count(b"[") <= MAX_NESTING:
        return False
    level: list[Any] = [document]
    for _ in range(MAX_NESTING):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


#: Made once: building one per answer costs as much as reading the answer.
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
