"""Which column of a stranger's table is which of ours: guessed by name, then said by a person.

A mapping names, for each of our columns (shared/interfaces.md, "Import CSV"), where it comes from:
the position of one of the file's columns from 0, or "=word" for the same word in every row. What is
not named is not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tokens.policy.fields import Invalid
from tokens.policy.vocabulary import Environment, Scope

#: Every row needs these; the others may be empty or left out.
NEEDED = ("company", "integration", "environment", "scope")
#: What one word may stand for in all rows.
EVERY_ROW: dict[str, tuple[str, ...]] = {
    "environment": tuple(word.value for word in Environment),
    "scope": tuple(word.value for word in Scope),
}

#: Other names under which people keep the same, the surest first; compared as `plain` writes them.
_NAMES: dict[str, tuple[str, ...]] = {
    "company": (
        "company_name", "workspace", "workspace_name", "customer", "client", "tenant", "account",
        "organisation", "organization", "firma", "unternehmen", "kunde",
    ),
    "workspace_id": ("workspace_no", "workspace_number", "company_id", "tenant_id"),
    "integration": (
        "integration_name", "application", "app", "system", "service", "software", "used_by",
        "used_in", "tool", "anwendung", "schnittstelle",
    ),
    "environment": ("env", "stage", "umgebung", "system_environment"),
    "scope": ("permission", "permissions", "access", "role", "rights", "berechtigung"),
    "owner_email": (
        "owner", "owner_mail", "responsible", "contact", "e_mail", "email", "verantwortlich",
        "owner_e_mail",
    ),
    "created_by_email": (
        "created_by", "creator", "generated_by", "issued_by", "creator_email", "erstellt_von",
    ),
    "issued_at": (
        "issued", "issued_on", "issue_date", "created", "created_at", "created_on",
        "creation_date", "date", "generated_at", "generated_on", "erstellt_am", "datum",
    ),
    "token": (
        "api_token", "token_value", "value", "secret", "key", "api_key", "access_token", "bearer",
        "schluessel", "schlüssel",
    ),
    "label": ("name", "note", "token_name", "description", "bezeichnung"),
    "held": ("value_known", "stored"),
    "where": ("location", "stored_in", "secret_store", "vault", "ablageort"),
    "runbook_url": ("runbook", "documentation", "docs", "url", "link"),
}  # fmt: skip
#: Headings of columns that hold tokens and nothing else.
_TOKENS = frozenset({"token", "api_token", "access_token", "token_value", "api_key", "bearer"})
_WORD = re.compile(r"[^\W_]+")


def plain(heading: str) -> str:
    """A heading as names are compared: lower case, its words joined by an underscore."""
    return "_".join(_WORD.findall(heading.lower()))


def guess(headings: Sequence[str]) -> dict[str, str]:
    """The mapping that these headings suggest; nothing of the file is used twice."""
    at: dict[str, int] = {}
    for position, heading in enumerate(headings):
        at.setdefault(plain(heading), position)
    found: dict[str, str] = {}
    taken: set[int] = set()
    for exact in (True, False):
        for column, others in _NAMES.items():
            for name in (column,) if exact else others:
                position = at.get(name, -1)
                if column not in found and position >= 0 and position not in taken:
                    found[column] = str(position)
                    taken.add(position)
    return found


def missing(mapping: Mapping[str, str]) -> list[str]:
    """Which of the columns that every row needs nobody has placed yet."""
    return [column for column in NEEDED if column not in mapping]


def checked(mapping: Mapping[str, str], headings: Sequence[str]) -> dict[str, str]:
    """The mapping without what is empty, if a table of these columns can be read by it.

    Raises Invalid naming our column; a column that is called after tokens becomes no other one,
    since all others are shown and stored in the open.
    """
    found = {column: source for column, source in mapping.items() if source}
    used: dict[str, str] = {}
    for column, source in found.items():
        if column not in _NAMES:
            raise Invalid(column, "is no column of ours")
        if source.startswith("="):
            if source[1:] not in EVERY_ROW.get(column, ()):
                raise Invalid(column, "cannot be this word in every row")
            continue
        if not (source.isascii() and source.isdigit() and int(source) < len(headings)):
            raise Invalid(column, "is not one of the file’s columns")
        if column != "token" and plain(headings[int(source)]) in _TOKENS:
            raise Invalid(column, "comes from a column that is named after tokens")
        if source in used:
            raise Invalid(column, f"comes from the same column as {used[source]}")
        used[source] = column
    if absent := missing(found):
        raise Invalid(absent[0], "is needed in every row")
    return found
