"""From arguments to exit code. No trouble ends in a traceback."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping

from tokens.client import acting, reading, scanning
from tokens.client.arguments import holds_secret, parser
from tokens.client.completion import script
from tokens.client.http import Api
from tokens.client.output import emit, prepare, say
from tokens.client.settings import base_from, server_from
from tokens.client.trouble import DONE, LEFT_UNDONE, Trouble, bad

_CALLS: Mapping[str, Callable[[Api, Namespace], int]] = {
    "list": reading.list_tokens,
    "show": reading.show,
    "companies": reading.companies,
    "integrations": reading.integrations,
    "add": acting.add,
    "revoke": acting.revoke,
    "report-use": acting.report_use,
}
_EXPOSED = (
    "An argument holds a token or a key, where others can read it: have it rotated. "
    "A value is given on standard input, a key by a file."
)


def main() -> int:
    """Run what was asked for; 0 done, 1 left undone, 2 bad usage or input."""
    prepare()
    try:
        code = _told(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has enough; what is still buffered has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return LEFT_UNDONE
    except KeyboardInterrupt:
        say("Stopped.")
        return LEFT_UNDONE
    return code


def _told(words: list[str]) -> int:
    try:
        if holds_secret(words):
            raise bad(_EXPOSED)
        return _run(parser().parse_args(words))
    except Trouble as trouble:
        say(str(trouble))
        if "--json" in words:
            emit({"error": str(trouble), "status": trouble.status}, "", as_json=True)
        return trouble.code


def _run(options: Namespace) -> int:
    if options.command == "completion":
        text = script(options.shell, parser())
        emit({"shell": options.shell, "script": text}, text, as_json=options.json)
        return DONE
    if options.command == "rotate":
        return reading.rotate(base_from(os.environ), options)
    if options.command == "scan" and options.offline:
        return scanning.scan(None, options)
    api = Api(server_from(os.environ), say)
    if options.command == "scan":
        return scanning.scan(api, options)
    return _CALLS[options.command](api, options)
