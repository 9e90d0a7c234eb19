"""Pages of named things (companies, people), found by the last name of the page before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
SIZE = 100


@dataclass(frozen=True, slots=True)
class NamedPage(Generic[M]):
    """Rows in the order of their unique name; `after` and `before` name the neighbours' edges."""

    rows: tuple[M, ...]
    after: str
    before: str


def page_by_name(
    queryset: QuerySet[M],
    *,
    after: str = "",
    before: str = "",
    size: int = SIZE,
    name: str = "name",
) -> NamedPage[M]:
    """At most `size` rows behind `after`, or ahead of `before`, or the first; one query.

    `name` is the unique column that orders them.
    """
    backward = bool(before) and not after
    if backward:
        queryset = queryset.filter(**{f"{name}__lt": before}).order_by(f"-{name}")
    else:
        queryset = queryset.filter(**{f"{name}__gt": after}).order_by(name)
    found = list(queryset[: size + 1])
    more = len(found) > size
    rows = found[:size][::-1] if backward else found[:size]
    ahead, behind = (more, True) if backward else (bool(after), more)
    return NamedPage(
        tuple(rows),
        after=str(getattr(rows[-1], name)) if rows and behind else "",
        before=str(getattr(rows[0], name)) if rows and ahead else "",
    )
