"""Which services messages may go to: a closed list, of apprise's hundred and more.

Left out on purpose is all that runs programs, reads files, talks to this machine's desktop, or
sends mail, which has an outbox of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from tokens.errors import InvalidInput

#: By apprise's scheme. https:// is taken where a service's own address is one of these services.
SERVICES: Mapping[str, str] = {
    "slack": "Slack",
    "workflows": "Microsoft Teams",
    "workflow": "Microsoft Teams",
    "discord": "Discord",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat",
    "gchat": "Google Chat",
    "wxteams": "Webex",
    "zulip": "Zulip",
    "matrix": "Matrix",
    "matrixs": "Matrix",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "tgram": "Telegram",
    "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie",
    "json": "JSON",
    "jsons": "JSON",
}
#: Whose host is a host; of the others it is a part of the secret, or may be.
NAMES_ITS_HOST = frozenset({"json", "jsons", "mmost", "mmosts", "rocket", "rockets"})
#: Without TLS a message may be read on its way: for this machine and allowed hosts alone.
PLAIN = frozenset({"json", "mmost", "rocket", "matrix", "ntfy"})

#: Settings in the address that choose where a message goes and how it looks. Others could read
#: files here (template), weaken the connection (verify) or change our time-outs (cto, rto).
_NAMES = (
    "api-version sp sv sig id ver key token tokens threadid thread channel to mode avatar footer "
    "image format region priority tags workflow signature route pa path topic bot integration "
    "method component group class click severity responders entity alias blocks group_id "
    "include_key_id"
)
SETTINGS = frozenset(_NAMES.split())
LONGEST = 2000
_SCHEME = re.compile(r"([a-z][a-z0-9]{1,15})://[^\s]+\Z", re.ASCII)


def scheme_of(url: str) -> str:
    """The scheme of an address that may be handed to apprise, or "https" for a service's own.

    Raises InvalidInput, which never repeats the address.
    """
    found = _SCHEME.match(url[:LONGEST])
    if found is None or len(url) > LONGEST or not url.isascii() or not url.isprintable():
        raise InvalidInput("is not an address of a service, such as slack://…", field="url")
    scheme = found[1]
    if scheme != "https" and scheme not in SERVICES:
        known = ", ".join(sorted(SERVICES))
        raise InvalidInput(f"is of no service that is known here: {known}", field="url")
    _check_settings(url)
    return scheme


def _check_settings(url: str) -> None:
    try:
        given = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, True)}
    except ValueError:
        raise InvalidInput("is not an address of a service", field="url") from None
    if not given <= SETTINGS:
        raise InvalidInput("holds a setting after the ? that is not taken here", field="url")
