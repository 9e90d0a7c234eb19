"""Reading the query of a list of named things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tokens.policy.register import looks_like_token
from tokens.selectors.by_name import NamedPage

LONGEST = 200
REFUSED_SEARCH = (
    "That looks like a token, which has no place in an address. "
    "“Which token is this?” finds out whose it is without keeping it."
)


@dataclass(frozen=True, slots=True)
class NamesQuery:
    """What was searched for, and from which name on. Texts are cut, never refused."""

    q: str
    after: str
    before: str

    @classmethod
    def of(cls, request: HttpRequest) -> NamesQuery:
        values = (request.GET.get(name, "").strip() for name in ("q", "after", "before"))
        return cls(*(value.replace("\x00", "")[:LONGEST] for value in values))

    def links(self, page: NamedPage[Any]) -> dict[str, str]:
        """Addresses of the neighbouring pages, "" where there is none."""
        return {
            "next": self._link(after=page.after) if page.after else "",
            "previous": self._link(before=page.before) if page.before else "",
        }

    def _link(self, **edge: str) -> str:
        return "?" + urlencode({**({"q": self.q} if self.q else {}), **edge})


def refused_search(request: HttpRequest, *names: str) -> HttpResponse | None:
    """Send away a query with a token in one of these names, without it and without repeating it."""
    if not any(looks_like_token(request.GET.get(name, "")) for name in names):
        return None
    messages.error(request, REFUSED_SEARCH)
    return redirect(request.path)
