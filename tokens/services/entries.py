"""One token as somebody puts it in, and what is wrong with it, field by field.

Fields are named by the columns of "Import CSV" in shared/interfaces.md, wherever an entry comes
from, so that a form, the API and an import say the same.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from tokens.errors import InvalidInput
from tokens.policy.days import utc_day
from tokens.policy.register import (
    Invalid,
    check_value,
    clean_email,
    clean_label,
    clean_name,
    clean_url,
    clean_where,
    parse_word,
    parse_workspace_id,
)
from tokens.policy.vocabulary import Environment, Scope

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A token of one integration, company and environment, not yet stored.

    `value` is None where nobody holds the value any more; it never shows in repr. `issued_at` is
    aware, or None where nobody knows. `line` is where it stands in a file, for messages.
    """

    company_name: str
    integration_name: str
    environment: str
    scope: str
    workspace_id: int | None = None
    owner_email: str = ""
    created_by_email: str = ""
    issued_at: datetime | None = None
    value: str | None = field(default=None, repr=False)
    label: str = ""
    where: str = ""
    runbook_url: str = ""
    line: int | None = None


#: Which attribute of an entry stands in which column.
COLUMN_OF = {
    "company_name": "company",
    "integration_name": "integration",
    "value": "token",
}
_TEXTS: dict[str, Callable[[str, str], str]] = {
    "company_name": clean_name,
    "integration_name": clean_name,
    "environment": lambda text, column: parse_word(text, Environment, column).value,
    "scope": lambda text, column: parse_word(text, Scope, column).value,
    "owner_email": clean_email,
    "created_by_email": clean_email,
    "label": clean_label,
    "where": clean_where,
    "runbook_url": clean_url,
}


def refusal(problem: Invalid) -> InvalidInput:
    """A rule's complaint as the error that pages, commands and the API know how to show."""
    return InvalidInput(problem.reason, field=problem.field)


def cleaned(read: Callable[..., T], *args: object) -> T:
    """Call a rule; its Invalid becomes InvalidInput, without the input in any traceback."""
    try:
        return read(*args)
    except Invalid as problem:
        error = refusal(problem)
    raise error


def clean_entry(entry: Entry, *, now: datetime) -> tuple[Entry, list[Invalid]]:
    """The entry in its stored form, and everything that is wrong with it. Repeats no input."""
    problems: list[Invalid] = []
    texts: dict[str, str] = {}
    for name, rule in _TEXTS.items():
        column = COLUMN_OF.get(name, name)
        try:
            texts[name] = rule(unicodedata.normalize("NFC", getattr(entry, name)), column)
            if entry.value and entry.value in texts[name]:
                problems.append(Invalid(column, "contains the token of the token field"))
        except Invalid as problem:
            problems.append(problem)
    for check in (_check_workspace, _check_issued, _check_token):
        try:
            check(entry, now)
        except Invalid as problem:
            problems.append(problem)
    return (entry if problems else replace(entry, **texts)), problems  # type: ignore[arg-type]


def _check_workspace(entry: Entry, now: datetime) -> None:
    if entry.workspace_id is not None:
        parse_workspace_id(str(entry.workspace_id))


def check_issued(issued_at: datetime | None, now: datetime) -> None:
    """Refuse a naive issue moment, or one after tomorrow UTC. Raises Invalid."""
    if issued_at is None:
        return
    if issued_at.tzinfo is None:
        raise Invalid("issued_at", "needs a time zone")
    if utc_day(issued_at) > utc_day(now) + timedelta(days=1):
        raise Invalid("issued_at", "lies after tomorrow (UTC)")


def _check_issued(entry: Entry, now: datetime) -> None:
    check_issued(entry.issued_at, now)


def _check_token(entry: Entry, now: datetime) -> None:
    if entry.value is not None:
        check_value(entry.value)
