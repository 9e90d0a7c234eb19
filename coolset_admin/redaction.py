"""The last net under the logs: no event leaves with something that looks like a credential.

Nothing is meant to log a token in the first place; this is for the library, the traceback and
the address line that nobody thought of.
"""

import re
from collections.abc import MutableMapping
from typing import Any

HIDDEN = "[hidden]"
_NAMES = re.compile(r"authorization|token|secret|password|passwd|cookie|api_?key|plaintext", re.I)
# Names that hold one of the words above and never a value: ids, counts and places.
_SAFE_NAMES = re.compile(r"(^|_)(token|secret)s?_(id|ids|count)$|^tokens$", re.I)
_VALUES = re.compile(
    r"sk_(?:live|test)_[^\s\"'<>&;,]+"
    r"|(?<=\bBearer )[^\s\"',]+"
    r"|(?<=\bApi-Key )[^\s\"',]+"
    # Signing secrets of webhooks, and links to calendars: the secret is a part of the address.
    r"|whsec_[^\s\"'<>&;,]+"
    r"|\bctc_[^\s\"'<>&;,/]+"
    # Links with which somebody sets a password: whoever reads one can use it first.
    r"|(?<=/accounts/welcome/)[^\s\"'<>&;,]+"
    # Our own keys, of scripts and of integrations.
    r"|ctgk?_[A-Za-z0-9_-]{20,}"
    # ID and access tokens of an identity provider (JWTs).
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*",
    re.I,
)
_QUERY = re.compile(r"(?<=/)\?[^\s\"']*")


def mask(text: str) -> str:
    """The text without anything in the vendor's shape, Bearer or Api-Key values."""
    return _VALUES.sub(HIDDEN, text)


def _clean(name: str, value: Any) -> Any:
    if _NAMES.search(name) and not _SAFE_NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        # People paste tokens into search fields: an address is logged without its query.
        return mask(_QUERY.sub("", value) if name in {"request", "event"} else value)
    if isinstance(value, dict):
        return {key: _clean(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor, to stand after those that turn exceptions into text."""
    for name in list(event):
        # structlog's own bookkeeping, removed before rendering.
        if name not in {"_record", "_from_structlog"}:
            event[name] = _clean(name, event[name])
    return event
