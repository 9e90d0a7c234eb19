"""Keys with which an integration reports use: made and shown once, ended."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from tokens.audit import account as actor_of
from tokens.errors import WrongState
from tokens.policy.roles import Permission
from tokens.policy.two_people import Rule
from tokens.services.approvals import ask_usage_key
from tokens.services.two_people import asks_another
from tokens.services.usage_keys import create_usage_key, revoke_usage_key
from tokens.web.access import needs
from tokens.web.asking import asked
from tokens.web.integrations import integration_or_404, integration_page


@needs(Permission.KEYS)
@require_POST
def create(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """Make a key; its text stands in this answer and nowhere else. Where the two-person rule is
    on, ask for one."""
    one, actor, now = integration_or_404(integration_id), actor_of(request.user), timezone.now()
    if asks_another(Rule.KEYS, actor):
        try:
            return asked(request, ask_usage_key(integration=one, actor=actor, now=now))
        except WrongState as error:
            messages.warning(request, error.message)
            return redirect("integration", integration_id=one.pk)
    made = create_usage_key(integration=one, actor=actor, now=now)
    return integration_page(request, one, shown_once=made)


@needs(Permission.KEYS)
@require_POST
def revoke(request: HttpRequest, integration_id: UUID, key_id: UUID) -> HttpResponse:
    """End a key at once."""
    one = integration_or_404(integration_id)
    key = one.keys.filter(pk=key_id).first()
    if key is None:
        raise Http404("no such key")
    try:
        revoke_usage_key(key=key, actor=actor_of(request.user), now=timezone.now())
    except WrongState as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, f"The key {key.hint} was revoked. It is refused from now on.")
    return redirect("integration", integration_id=one.pk)
