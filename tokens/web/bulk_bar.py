"""The bar above the list, and the way from there to the page of an act on many tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from tokens.errors import InvalidInput
from tokens.policy.bulk import PERMISSIONS, BulkAction
from tokens.policy.roles import Permission
from tokens.selectors.facts import Row
from tokens.selectors.filters import Filters
from tokens.services.bulk import Selection
from tokens.web.access import may, needs
from tokens.web.bulk_acts import WORDS
from tokens.web.bulk_kept import Kept, keep

NOTHING = "Choose tokens first: tick them, or take all that match."


def choice(
    request: HttpRequest, filters: Filters, rows: Sequence[Row], matching: int
) -> dict[str, Any] | None:
    """What the bar offers to this account, or None where it may do nothing to many tokens.

    `matching`: how many tokens the filters find.
    """
    actions = [
        (action.value, words)
        for action, words in WORDS.items()
        if may(request.user, PERMISSIONS[action])
    ]
    if not actions or not rows:
        return None
    return {
        "actions": actions,
        "back": filters.query(),
        "on_page": ",".join(str(row.id) for row in rows),
        "matching": matching,
    }


@needs(Permission.VIEW, post=Permission.CHECK, within=True)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take the choice from the list and lead to the page of the act."""
    try:
        back = Filters.parse(QueryDict(request.POST.get("back", ""))).query()
        action = BulkAction(request.POST.get("action", ""))
        selection = _selection(request)
    except (ValueError, InvalidInput):
        return render(request, "400.html", status=400)
    if selection is None:
        messages.warning(request, NOTHING)
        return redirect(f"{reverse('tokens')}?{back}" if back else "tokens")
    choice = keep(request.session, selection, back)
    return redirect(_address(action, choice))


def _selection(request: HttpRequest) -> Selection | None:
    """The choice of the list; None where nothing was chosen. Raises ValueError, InvalidInput."""
    which = request.POST.get("which", "ticked")
    if which == "all":
        return Selection.of_filter(QueryDict(request.POST.get("back", "")))
    name = "on_page" if which == "page" else "ids"
    texts = [text for value in request.POST.getlist(name) for text in value.split(",") if text]
    ids = tuple(dict.fromkeys(UUID(text) for text in texts))
    return Selection(ids=ids) if ids else None


def _address(action: BulkAction, choice: Kept) -> str:
    return f"{reverse(f'tokens-bulk-{action.value}')}?{urlencode({'selection': choice.key})}"
