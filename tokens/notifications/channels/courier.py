"""Sends one message through apprise, in a process of its own: `python -m …channels.courier`.

Apprise and its plugins never run in web or worker. This process is given one job on standard input
(JSON: `url`, `title`, `body`, `allow`, `production`, `seconds`, or `check` to read the address
alone), an environment without proxies, keys or a home, and a wall clock by whoever started it. It
prints one JSON object: `problem`, `status`, and `scheme` and `host` of the address. It prints
nothing else: apprise's log lines and exceptions may hold the address.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from tokens.errors import InvalidInput
from tokens.notifications.channels.addresses import place_of, refuse_private
from tokens.notifications.channels.guarding import guard, word_for
from tokens.notifications.channels.schemes import NAMES_ITS_HOST, PLAIN, SERVICES, scheme_of


def main() -> int:
    """Do the one job; what went wrong is a word of the answer, never an exit code."""
    logging.disable(logging.CRITICAL)
    answer = run(json.load(sys.stdin))
    sys.stdout.write(json.dumps(answer))
    return 0


def run(job: dict[str, Any]) -> dict[str, Any]:
    """The answer to one job."""
    guard(job["allow"], production=job["production"])
    answer: dict[str, Any] = {"problem": "not_usable", "status": None, "scheme": "", "host": ""}
    plugin = instantiate(job)
    if plugin is None:
        return answer
    answer["scheme"] = scheme = scheme_of_plugin(plugin, job["url"])
    answer["host"] = str(plugin.host or "") if scheme in NAMES_ITS_HOST else ""
    if not fits(plugin, scheme, job):
        return answer | {"problem": "address"}
    if job.get("check"):
        return answer | {"problem": ""}
    return answer | send(plugin, job)


def instantiate(job: dict[str, Any]) -> Any:
    """Apprise's object for the address, of a service in the closed list; else None."""
    import apprise
    from apprise.manager_plugins import NotificationManager

    try:
        scheme_of(job["url"])
    except InvalidInput:
        return None
    asset = apprise.AppriseAsset(
        storage_mode="memory",
        allow_templates=False,
        service_timeout=float(job.get("seconds") or 10),
        http_redirects=False,
        async_mode=False,
        interpret_emojis=False,
        pgp_autogen=False,
        pem_autogen=False,
        app_id="Token governance",
        app_desc="Token governance",
        app_url="",
    )
    plugin = apprise.Apprise.instantiate(job["url"], asset=asset, suppress_exceptions=True)
    if plugin is not None:  # a chat that takes 2,000 characters would refuse a longer one for ever
        plugin.overflow_mode = apprise.OverflowMode.SPLIT
    known: Any = NotificationManager()  # type: ignore[no-untyped-call]
    return plugin if plugin and type(plugin) in {known[each] for each in SERVICES} else None


def scheme_of_plugin(plugin: Any, url: str) -> str:
    """The scheme in the address, or the service's own where its native address was given."""
    scheme = url.partition("://")[0]
    if scheme in SERVICES:
        return scheme
    own = plugin.secure_protocol or plugin.protocol
    words = [own] if isinstance(own, str) else list(own or ())
    return next((word for word in words if word in SERVICES), "")


def fits(plugin: Any, scheme: str, job: dict[str, Any]) -> bool:
    """Whether the host may be called at all, and plainly where the scheme has no TLS."""
    host = str(plugin.host or "").lower()
    if scheme not in NAMES_ITS_HOST | PLAIN:
        return True  # the service's own host, looked at when it is connected to
    place = place_of(host, allow=job["allow"], production=job["production"])
    try:
        refuse_private(host, place)
    except InvalidInput:
        return False
    return scheme not in PLAIN or place.loopback or place.allowed


def send(plugin: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Send it; the word for what went wrong, and the last HTTP status."""
    import requests

    seen: dict[str, Any] = {"problem": "", "status": None}
    plain = requests.Session.send

    def noted(session: Any, request: Any, **options: Any) -> Any:
        options["allow_redirects"] = False
        options["proxies"] = {}
        try:
            answer = plain(session, request, **options)
        except Exception as error:
            seen["problem"] = word_for(error)
            raise
        seen["problem"], seen["status"] = "", answer.status_code
        return answer

    requests.Session.send = noted  # type: ignore[assignment,method-assign]
    try:
        sent = plugin.notify(title=job["title"], body=job["body"], body_format="text")
    except Exception as error:
        return seen | {"problem": seen["problem"] or word_for(error)}
    if sent:
        return seen | {"problem": ""}
    status = seen["status"]
    good = status is None or 200 <= status < 300
    return seen | {"problem": seen["problem"] or ("not_accepted" if good else "status")}


if __name__ == "__main__":
    sys.exit(main())
