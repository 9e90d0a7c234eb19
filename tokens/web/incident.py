"""The holds: many tokens turned bad together, so no refusal counts until it is over."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.models import Incident
from tokens.policy.incident import REST
from tokens.policy.roles import Permission
from tokens.selectors.archived import archived_since
from tokens.selectors.incidents import happened, incidents, not_counted, turned_bad
from tokens.services.end_incident import end_incident
from tokens.web.access import needs
from tokens.web.trail_words import line_of
from tokens.web.words import OUTCOME_WORDS


@needs(Permission.VIEW)
@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """Every hold, the latest first."""
    context = {"incidents": incidents(), "now": timezone.now()}
    return render(request, "tokens/incidents.html", context)


@needs(Permission.VIEW, post=Permission.END_HOLD)
@require_http_methods(["GET", "POST"])
def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """What is known of one hold; a POST ends it by hand."""
    one = Incident.objects.filter(pk=incident_id).first()
    if one is None:
        raise Http404("no such incident")
    if request.method == "POST":
        try:
            end_incident(incident=one, actor=actor_of(request.user), now=timezone.now())
        except WrongState as error:
            messages.warning(request, error.message)
        else:
            messages.success(request, "The hold has ended. Refusals count from now on.")
        return redirect("incident", incident_id=one.pk)
    now = timezone.now()
    turned, since = turned_bad(one, now), happened(one)
    context = {
        "incident": one,
        "held": not_counted(one),
        "turned": [(token, OUTCOME_WORDS[token.secret.last_outcome]) for token in turned.tokens],
        "total": turned.total,
        "lines": [line_of(entry) for entry in since.entries],
        "more": since.more,
        "archived": archived_since(one.begun_at, now),
        "rest_hours": int(REST.total_seconds() // 3600),
        "now": now,
    }
    return render(request, "tokens/incident.html", context)
