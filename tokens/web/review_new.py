"""Starting an access review: choose tokens as in the inventory, then who looks at them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.models import Account
from tokens.policy.days import utc_day
from tokens.policy.reviews import MOST_TOKENS
from tokens.policy.roles import Permission
from tokens.selectors.filters import Filters
from tokens.services.reviews.start import Asked, chosen, start_review
from tokens.web.access import needs
from tokens.web.asked_once import rules_of
from tokens.web.dispatch import wake_worker
from tokens.web.facets import facets
from tokens.web.review_forms import ReviewForm
from tokens.web.words import FLAG_WORDS

NOT_ASKED = frozenset({"state", "health"})


@needs(Permission.ASK_REVIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The filters stand in the address, also when the form is sent: both speak of the same."""
    now, problem = timezone.now(), None
    try:
        filters = Filters.parse(request.GET)
    except InvalidInput as refusal:
        filters, problem = Filters(), refusal
    found = chosen(filters, rules_of(request), now)
    companies = sorted({(row.company_id, row.company) for row in found}, key=lambda pair: pair[1])
    form = ReviewForm(companies, utc_day(now), request.POST if request.method == "POST" else None)
    if request.method == "POST" and problem is None and form.is_valid():
        try:
            return _start(request, form, filters)
        except InvalidInput as error:
            form.refuse(error)
    context = {
        "form": form,
        "facets": [each for each in facets(filters) if each.name not in NOT_ASKED],
        "flags": [(flag, words) for flag, (words, _) in FLAG_WORDS.items()],
        "filters": filters,
        "query": filters.query(sort=None),
        "problem": problem,
        "number": len(found),
        "too_many": len(found) > MOST_TOKENS,
        "most": MOST_TOKENS,
        "companies": len(companies),
    }
    status = 400 if problem or form.errors else 200
    return render(request, "evidence/review_new.html", context, status=status)


def _start(request: HttpRequest, form: ReviewForm, filters: Filters) -> HttpResponse:
    data = form.cleaned_data
    asked = Asked(
        name=data["name"],
        due_on=data["due_on"],
        reviewer=data["reviewer"],
        by_company=form.chosen,
        filters=filters,
    )
    user = request.user
    if not isinstance(user, Account):  # access was checked: this is for the type checker
        raise TypeError("an account asks for a review")
    review = start_review(asked=asked, asked_by=user, actor=actor_of(user), now=timezone.now())
    wake_worker("tokens.evidence")
    messages.success(request, "Started. Reviewers get a mail, and reminders until they are done.")
    return redirect("review", review_id=review.pk)
