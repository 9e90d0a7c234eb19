"""Plain answers of the stand-in: (status, headers, body) as coolset-api.md documents them."""

import gzip
import json
import math
from email.utils import formatdate
from typing import Any

from tests.stand_in.state import LIMIT, WINDOW_SECONDS, Known

Plain = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
REFUSED: Plain = (401, JSON, b'{"detail": "Authentication credentials were not provided."}')
FORBIDDEN = b'{"detail": "You do not have permission to perform this action."}'
PAGE = b"<!doctype html><title>Sign in</title><p>Please sign in.</p>"
DEFAULT_CONFIG = {"user": {"email": "integration@example.com", "first_name": "Sam"}}

_BODIES: dict[str, bytes] = {
    "array": b"[1, 2]",
    "duplicate_keys": b'{"workspace_id": 1, "workspace_id": 2}',
    "nan": b'{"value": NaN}',
    "bad_utf8": b'{"name": "\xff\xfe"}',
    "deep": b'{"a":' * 20000 + b"1" + b"}" * 20000,
    "empty": b"",
}
_FAILURES = {
    "html401": (401, HTML, PAGE),
    "html403": (403, HTML, PAGE),
    "html200": (200, HTML, PAGE),
    "407": (407, JSON, b'{"detail": "Proxy authentication required."}'),
    "408": (408, JSON, b'{"detail": "Request timeout."}'),
    "400": (400, JSON, b'{"detail": "Bad request."}'),
    "404": (404, JSON, b'{"detail": "Not found."}'),
    "409": (409, JSON, b'{"detail": "Conflict."}'),
    "422": (422, JSON, b'{"detail": "Unprocessable."}'),
    "500": (500, HTML, PAGE),
    "502": (502, HTML, PAGE),
    "503": (503, HTML, PAGE),
    "504": (504, JSON, b'{"detail": "Gateway timeout."}'),
    "detail_missing": (401, JSON, b'{"error": "no"}'),
    "unauthorized": REFUSED,
}


def rate_headers(entry: Known, now: float) -> dict[str, str]:
    """The three headers, by the sliding hour of this token."""
    reset = (entry.uses[0] if entry.uses else now) + WINDOW_SECONDS
    return {
        "X-RateLimit-Limit": str(LIMIT),
        "X-RateLimit-Remaining": str(max(0, LIMIT - len(entry.uses))),
        "X-RateLimit-Reset": str(math.ceil(reset)),
    }


def plain(entry: Known, mode: str, document: bytes, now: float) -> Plain | None:
    """The answer of every mode that is one whole answer; None for those that misbehave."""
    if mode in _FAILURES:
        return _FAILURES[mode]
    headers = JSON | rate_headers(entry, now)
    if len(entry.uses) > LIMIT or mode == "throttled":
        return throttled(entry, now)
    if mode in {"valid", "slow"}:
        return 200, headers, document
    if mode == "forbidden":
        return 403, headers, FORBIDDEN
    if mode in _BODIES:
        return 200, headers, _BODIES[mode]
    return _odd(entry, mode, document, headers)


def throttled(entry: Known, now: float) -> Plain:
    """429. `style`: seconds, date, garbage, reset or 1e9; `seconds`: how long (default 120)."""
    style, seconds = entry.options.get("style", "reset"), entry.options.get("seconds", 120)
    headers = JSON | rate_headers(entry, now) | {"X-RateLimit-Remaining": "0"}
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    if style == "reset":
        headers["X-RateLimit-Reset"] = str(math.ceil(now + seconds))
    else:
        del headers["X-RateLimit-Reset"]
        headers["Retry-After"] = {
            "seconds": str(seconds),
            "date": formatdate(now + seconds, usegmt=True),
            "1e9": str(10**9),
        }.get(style, "soon, perhaps")
    if style in {"garbage", "1e9"}:
        detail = "Request was throttled."
    return 429, headers, json.dumps({"detail": detail}).encode()


def _odd(entry: Known, mode: str, document: bytes, headers: dict[str, str]) -> Plain | None:
    if mode == "no_rate_headers":
        return 200, JSON, document
    if mode == "nonsense_headers":
        odd = {"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "-5"}
        return 200, JSON | odd | {"X-RateLimit-Reset": "tomorrow"}, document
    if mode == "redirect":
        return 302, HTML | {"Location": str(entry.options["to"])}, PAGE
    if mode == "gzip":
        return 200, headers | {"Content-Encoding": "gzip"}, gzip.compress(document)
    if mode == "no_content":
        return 204, headers, b""
    return None


def user_config(entry: Known | None) -> dict[str, Any]:
    """What `GET /accounts/user-config/` says for a token."""
    return (entry.config if entry else None) or DEFAULT_CONFIG


def workspace_page(rows: list[dict[str, Any]], limit: int, offset: int) -> dict[str, Any]:
    """One page of `GET /accounts/workspaces/`."""
    return {"count": len(rows), "results": rows[offset : offset + limit]}


def workspace(number: int, name: str, kind: str = "active") -> dict[str, Any]:
    """A workspace in the documented form; `id` differs from `workspace_id`."""
    moment = "2025-01-01T00:00:00Z"
    return {
        "workspace_id": number,
        "workspace_name": name,
        "id": number + 500_000,
        "name": name,
        "type": kind,
        "country": "NL",
        "member_count": 3,
        "is_mfa_enabled": True,
        "created_at": moment,
        "updated_at": moment,
    }
