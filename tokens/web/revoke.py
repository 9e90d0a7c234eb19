"""Recording that a person revoked a token in Coolset, which no program can do."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tokens.audit import account as actor_of
from tokens.errors import InvalidInput, WrongState
from tokens.models import Token
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Proof, State
from tokens.selectors.safe_to_revoke import switching_of
from tokens.services.record_revocation import record_revocation
from tokens.web.access import needs
from tokens.web.dispatch import wake_worker
from tokens.web.lookup import token_or_404
from tokens.web.token_fields import as_utc
from tokens.web.token_forms import RevokeForm


@needs(Permission.REVOKE)
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """What to do in Coolset, and the form that records that it was done."""
    token = token_or_404(token_id)
    form = RevokeForm(request.POST or None, initial={"by": request.user.get_username()})
    if request.method == "POST" and form.is_valid():
        try:
            record_revocation(
                token=token,
                reason=form.cleaned_data["reason"],
                by=form.cleaned_data["by"],
                at=as_utc(form.cleaned_data["at"]),
                actor=actor_of(request.user),
                now=timezone.now(),
            )
        except InvalidInput as error:
            form.refuse(error)
        except WrongState as error:
            messages.error(request, error.message)
            return redirect("token", token.pk)
        else:
            wake_worker("tokens.sweep")
            messages.success(request, "Recorded. What Coolset says of it now will prove it.")
            return redirect("token", token.pk)
    refused = request.method == "POST"
    return _page(request, token, form, status=400 if refused else 200)


def _page(request: HttpRequest, token: Token, form: RevokeForm, status: int) -> HttpResponse:
    revocation = getattr(token.secret, "revocation", None)
    again = revocation is not None and revocation.proof == Proof.CONTRADICTED.value
    others = Token.objects.filter(secret_id=token.secret_id).exclude(pk=token.pk)
    context = {
        "token": token,
        "form": form,
        "again": again,
        "over": token.state == State.REVOKED.value and not again,
        "active": token.state == State.ACTIVE.value,
        "switching": switching_of(token, timezone.now()),
        "others": others.select_related("company", "integration").order_by("pk")[:10],
    }
    return render(request, "tokens/revoke.html", context, status=status)
