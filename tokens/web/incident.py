"""The hold: many tokens turned bad together, so no refusal counts until it is over."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.models import Incident, Secret
from tokens.policy.incident import REST
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Health, Outcome
from tokens.services.end_incident import end_incident
from tokens.web.access import needs


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
    context = {
        "incident": one,
        "held": _not_counted(one),
        "rest_hours": int(REST.total_seconds() // 3600),
        "now": timezone.now(),
    }
    return render(request, "tokens/incident.html", context)


def _not_counted(one: Incident) -> int:
    """Tokens whose latest answer is a refusal that this hold keeps from counting."""
    refused = Secret.objects.filter(
        last_outcome=Outcome.UNAUTHORIZED.value, last_checked_at__gte=one.begun_at
    )
    return refused.exclude(health=Health.FAILING.value).count()
