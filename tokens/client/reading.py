"""list, show, companies, integrations, rotate: what only reads, or only tells where to go."""

from __future__ import annotations

import sys
from argparse import Namespace
from uuid import UUID

from tokens.client.arguments import FILTERS
from tokens.client.http import Api
from tokens.client.output import emit, say
from tokens.client.table import Column, blocks, shown, table, width_of
from tokens.client.trouble import DONE, LEFT_UNDONE, bad
from tokens.policy.register import looks_like_token

_PAGE = "1000"
_TOKENS = (
    Column("integration", "Integration", 10),
    Column("company", "Company", 10, 2),
    Column("environment", "Environment", 0, 3),
    Column("scope", "Scope", 0, 6),
    Column("label", "Label", 8, 7),
    Column("owner_email", "Owner", 10, 5),
    Column("health", "Health", 0, 4),
    Column("due_at", "Due"),
    Column("flags", "Flags", 17, 1),
    Column("id", "Id"),
)
_COMPANIES = (
    Column("name", "Company", 10),
    Column("workspace_id", "Workspace", 0, 2),
    Column("tokens", "Tokens"),
    Column("reconciled_at", "Compared", 0, 1),
    Column("id", "Id", 0, 3),
)
_INTEGRATIONS = (
    Column("name", "Integration", 10),
    Column("owner_email", "Owner", 10, 1),
    Column("tokens", "Tokens"),
    Column("first_reported_at", "First report", 0, 2),
    Column("id", "Id", 0, 3),
)
_DAYS = frozenset({"due_at", "reconciled_at", "first_reported_at"})
_DAY = len("2026-11-24")


def token_id(options: Namespace) -> str:
    """The id as it stands in addresses. Raises Trouble for what is none."""
    try:
        return str(UUID(options.id))
    except ValueError:
        raise bad("ID is not the id of a token: take it from `list` or from its page.") from None


def list_tokens(api: Api, options: Namespace) -> int:
    """`list`: all pages of what the filters find."""
    free = [options.q or "", *options.company, *options.integration, *options.owner]
    if any(looks_like_token(text) for text in free):
        raise bad("This looks like a token, which has no place in an argument: rotate it.")
    query = [(name, word) for name in FILTERS for word in getattr(options, name)]
    query += [(name, getattr(options, name)) for name in ("q", "sort") if getattr(options, name)]
    return _listed(api, options, "tokens/", [*query, ("page_size", _PAGE)], _TOKENS)


def companies(api: Api, options: Namespace) -> int:
    return _listed(api, options, "companies/", [], _COMPANIES)


def integrations(api: Api, options: Namespace) -> int:
    return _listed(api, options, "integrations/", [], _INTEGRATIONS)


def _listed(
    api: Api,
    options: Namespace,
    path: str,
    query: list[tuple[str, str]],
    columns: tuple[Column, ...],
) -> int:
    found = list(api.pages(path, query))
    rows = [
        {column.name: _cell(column.name, each.get(column.name)) for column in columns}
        for each in found
    ]
    text, left_out = _drawn(columns, rows)
    emit({"count": len(found), "results": found}, text, as_json=options.json)
    if not options.json and (not rows or sys.stdout.isatty()):
        more = f" No room for: {', '.join(left_out)}." if left_out else ""
        say(f"{len(rows) or 'None'} found.{more}")
    return DONE


def _drawn(columns: tuple[Column, ...], rows: list[dict[str, str]]) -> tuple[str, list[str]]:
    """The table, and the titles of what a terminal has no room for; empty columns take none."""
    width = width_of(sys.stdout)
    if not rows:
        return "", []
    if width is None:
        return table(columns, rows, None), []
    filled = [column for column in columns if any(row[column.name] for row in rows)]
    text = table(filled, rows, width)
    return text, [column.title for column in filled if column.title not in text]


def _cell(name: str, value: object) -> str:
    text = shown(value)
    return text[:_DAY] if name in _DAYS else text


def show(api: Api, options: Namespace) -> int:
    """`show`: everything that is known of one token."""
    found = api.get(f"tokens/{token_id(options)}/")
    columns = [Column(name, name) for name in found]
    row = {name: shown(value) for name, value in found.items()}
    emit(found, blocks(columns, [row]), as_json=options.json)
    return DONE


def rotate(base: str, options: Namespace) -> int:
    """`rotate`: the page that guides through it. Nothing was rotated, so it is left undone."""
    address = f"{base}tokens/{token_id(options)}/rotate/"
    text = f"A token is rotated by a person, on its page, which guides through it:\n{address}"
    emit({"rotated": False, "address": address}, text, as_json=options.json)
    return LEFT_UNDONE
