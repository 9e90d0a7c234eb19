"""What an administrator does with a review: take over, close; and its result as a file."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.models import Account
from tokens.policy.roles import Permission
from tokens.services.reviews.close import close_review
from tokens.services.reviews.decide import take_over
from tokens.services.reviews.export import export_review
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.reviews import review_or_404

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@needs(Permission.ASK_REVIEW)
@require_POST
def take(request: HttpRequest, review_id: UUID, account_id: UUID) -> HttpResponse:
    """What this reviewer has not decided becomes the administrator's own."""
    review = review_or_404(review_id)
    reviewer = Account.objects.filter(pk=account_id).first()
    if reviewer is None or not isinstance(request.user, Account):
        raise Http404("no such reviewer")
    try:
        moved = take_over(
            review=review,
            reviewer=reviewer,
            by=request.user,
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except WrongState as error:
        messages.error(request, error.message)
    else:
        noun = "token is" if moved == 1 else "tokens are"
        messages.success(request, f"{moved} {noun} yours to decide now.")
    return redirect("review", review_id=review.pk)


@needs(Permission.ASK_REVIEW)
@require_POST
def close(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Freeze the result; what nobody decided needs a tick, since it stays undecided for good."""
    review = review_or_404(review_id)
    waiting: int = review.waiting  # type: ignore[attr-defined]  # counted by the selector
    if waiting and request.POST.get("undecided") != "yes":
        messages.error(request, f"{waiting} are not decided. Tick that they stay so, or wait.")
        return redirect("review", review_id=review.pk)
    try:
        close_review(review=review, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.error(request, error.message)
    else:
        wake_worker("tokens.evidence")
        messages.success(request, "Closed. The worker signs the result within minutes.")
    return redirect("review", review_id=review.pk)


@needs(Permission.EXPORT)
@require_safe
def export(request: HttpRequest, review_id: UUID, name: str) -> HttpResponse:
    """The result with its signature as JSON, or as CSV."""
    review = review_or_404(review_id)
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPES[name])
    try:
        text = export_review(
            review=review, format=name, actor=actor_of(request.user), now=timezone.now()
        )
    except WrongState as error:
        messages.error(request, error.message)
        return redirect("review", review_id=review.pk)
    answer = HttpResponse(text, content_type=CONTENT_TYPES[name])
    answer["Content-Disposition"] = f'attachment; filename="review-{review.pk}.{name}"'
    return answer
