"""scan: read here, by the vendor's shape; only what has it is sent, and asked about."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from tokens.client.http import Api
from tokens.client.looking import Candidate, Look, look_at
from tokens.client.output import emit, say
from tokens.client.table import shown
from tokens.client.trouble import DONE, LEFT_UNDONE, Trouble, harmless
from tokens.policy.register import hint

#: Of one call (/api/v1/leaks/).
MOST = 1000


def scan(api: Api | None, options: Namespace) -> int:
    """`scan`; without `api` nothing is sent. 1 on a find, or where something cannot be read."""
    look = look_at(options.paths, with_history=options.git)
    known = _asked(api, {each.value for each in look.found}) if api else {}
    finds = [
        _find(each, known.get(each.value))
        for each in look.found
        if known.get(each.value) is not None or not each.allowed
    ]
    if look.left_out:
        say(f"Left out: {look.left_out} large binary files.")
    for place in look.unreadable:
        say(f"Could not be read: {place}")
    counted = {"files": look.files, "commits": look.commits, "left_out": look.left_out}
    payload = {
        "finds": len(finds), **counted, "unreadable": look.unreadable,
        "compared": api is not None, "leaks": finds,
    }  # fmt: skip
    emit(payload, _words(finds, look), as_json=options.json)
    return LEFT_UNDONE if finds or look.unreadable else DONE


def _asked(api: Api, values: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Which values the server knows, with the tokens that hold them and that the key may see."""
    known: dict[str, list[dict[str, Any]]] = {}
    for batch in _batches(sorted(values)):
        _, answer = api.post("leaks/", {"candidates": batch}, secrets=batch)
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(batch):
            raise Trouble("The server did not answer for every find.")
        known |= {
            value: each.get("tokens", [])
            for value, each in zip(batch, results, strict=True)
            if each.get("known")
        }
    return known


def _batches(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), MOST):
        yield values[start : start + MOST]


def _find(each: Candidate, tokens: list[dict[str, Any]] | None) -> dict[str, Any]:
    return {
        "place": each.place, "line": each.line, "commit": each.commit,
        "hint": hint(each.value), "known": tokens is not None, "tokens": tokens or [],
    }  # fmt: skip


def _words(finds: list[dict[str, Any]], look: Look) -> str:
    lines = [f"{_where(find)}: {find['hint']} {_whose(find)}" for find in finds]
    commits = f" and {look.commits} commits" if look.commits else ""
    return "\n".join([*lines, f"{len(finds) or 'No'} finds in {look.files} files{commits}."])


def _where(find: dict[str, Any]) -> str:
    commit = f"{find['commit'][:12]}:" if find["commit"] else ""
    return f"{commit}{find['place']}:{find['line']}"


def _whose(find: dict[str, Any]) -> str:
    if not find["known"]:
        return "looks like a token of Coolset"
    names = [f"{shown(each.get('id'))} ({shown(each.get('state'))})" for each in find["tokens"]]
    return f"is {harmless('; '.join(names) or 'known, where this key may not look')}"
