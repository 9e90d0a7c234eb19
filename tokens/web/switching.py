"""Ticking what uses a replaced token."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tokens.audit import account as actor_of
from tokens.errors import NotFound, WrongState
from tokens.models import Consumer
from tokens.policy.roles import Permission
from tokens.services.switch_consumer import switch_consumer
from tokens.web.access import needs
from tokens.web.lookup import token_or_404


@needs(Permission.EDIT, within=True)
@require_POST
def tick(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """This consumer uses the new token now, or (`switched=no`) not after all."""
    token = token_or_404(token_id)
    try:
        switch_consumer(
            token=token,
            consumer=_consumer(request.POST.get("consumer", "")),
            switched=request.POST.get("switched") != "no",
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except (NotFound, WrongState) as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('token', args=[token.pk])}#safe-to-revoke")


def _consumer(text: str) -> Consumer:
    try:
        found = Consumer.objects.filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("There is no such consumer of this token.")
    return found
