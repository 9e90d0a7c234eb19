"""Acts on many tokens: choose them in the list, look at what would happen, confirm, see the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.policy.bulk import PERMISSIONS, SKIP_WORDS, BulkAction
from tokens.policy.roles import Permission
from tokens.policy.two_people import Rule
from tokens.services.approvals.touched import companies_touched
from tokens.services.bulk import Preview, preview
from tokens.services.policy_in_force import rules_in_force
from tokens.services.two_people import asks_another
from tokens.web.access import needs, reach_of
from tokens.web.asking import asked, two_people
from tokens.web.bulk_acts import ACTS, WORDS, ask_together
from tokens.web.bulk_bar import NOTHING
from tokens.web.bulk_forms import BulkForm, form_for
from tokens.web.bulk_kept import Kept, keep_result, kept, kept_result

#: So many tokens are named on the page; all of them are counted.
SHOWN = 200
CHANGED = (
    "What you looked at has changed meanwhile: it would be {now} now. Look again, then confirm."
)


def act(action: BulkAction) -> Callable[..., HttpResponse]:
    """The page of one act, guarded by the permission of the same act on one token."""

    @needs(PERMISSIONS[action], within=True)
    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest) -> HttpResponse:
        given = request.POST if request.method == "POST" else request.GET
        choice = kept(request.session, given.get("selection", ""))
        if choice is None:
            messages.warning(request, NOTHING)
            return redirect("tokens")
        try:
            return _look(request, action, choice, timezone.now())
        except InvalidInput as refusal:
            messages.warning(request, f"The {refusal.field} {refusal.message}.")
            return redirect("tokens")

    return view


@needs(Permission.VIEW, within=True)
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """What became of it: how many, and who was passed over."""
    result = kept_result(request.session, request.GET.get("selection", ""))
    if result is None:
        return redirect("tokens")
    words = WORDS[BulkAction(result["action"])]
    return render(request, "tokens/bulk_done.html", {"result": result, "words": words})


def _look(request: HttpRequest, action: BulkAction, choice: Kept, now: datetime) -> HttpResponse:
    posted = request.method == "POST"
    form = form_for(action, request.POST if posted else None, by=request.user.get_username())
    fine = posted and form.is_valid()
    found = preview(
        action=action,
        selection=choice.selection,
        rules=rules_in_force(),
        now=now,
        wanted=form.wanted,
        reach=reach_of(request.user, PERMISSIONS[action]),
    )
    if fine and request.POST.get("step") == "save":
        answer = _save(request, action, choice, form, found, now)
        if answer is not None:
            return answer
    return _page(request, action, choice, form, found)


def _save(
    request: HttpRequest,
    action: BulkAction,
    choice: Kept,
    form: BulkForm,
    found: Preview,
    now: datetime,
) -> HttpResponse | None:
    """Do it, if these are the tokens that were looked at; else say so in the form."""
    ids = found.ids
    if request.POST.get("mark") != found.mark:
        form.add_error(None, CHANGED.format(now=_count(len(ids))))
        return None
    form.check_number(len(ids))
    if form.errors or not ids:
        return None
    actor = actor_of(request.user)
    try:
        if action is BulkAction.REVOCATION and asks_another(Rule.REVOCATION, actor):
            return asked(request, ask_together(ids, form.cleaned_data, actor, now))
        result = ACTS[action](ids, form.cleaned_data, actor, now)
    except InvalidInput as refusal:
        form.refuse(refusal)
        return None
    except WrongState as refusal:
        form.add_error(None, refusal.message)
        return None
    result.passed = [*found.passed, *result.passed]
    keep_result(request.session, choice, action, result)
    return redirect(f"{reverse('tokens-bulk-done')}?{urlencode({'selection': choice.key})}")


def _page(
    request: HttpRequest, action: BulkAction, choice: Kept, form: BulkForm, found: Preview
) -> HttpResponse:
    number = len(found.ids)
    doable, skipped = found.lines[:number], found.lines[number:]
    context = {
        "action": action.value,
        "words": WORDS[action],
        "choice": choice,
        "form": form,
        "found": found,
        "doable": doable[:SHOWN],
        "skipped": skipped[:SHOWN],
        "number": number,
        "passed": len(skipped),
        "wanted_words": form.wanted_words,
        "more": {"doable": number - SHOWN, "skipped": len(skipped) - SHOWN},
        "reasons": [(SKIP_WORDS[why], number) for why, number in found.reasons.most_common()],
        "asks": form.asks,
        "ready": not form.asks or form.wanted is not None,
    }
    if action is BulkAction.REVOCATION:
        context |= two_people(request, Rule.REVOCATION, companies_touched(found.ids))
    status = 400 if form.errors else 200
    return render(request, "tokens/bulk.html", context, status=status)


def _count(number: int) -> str:
    return f"{number} {'token' if number == 1 else 'tokens'}"
