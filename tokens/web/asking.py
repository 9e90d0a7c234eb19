"""Pages on which somebody asks for what another person has to approve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tokens.audit import account as actor_of
from tokens.models import Approval
from tokens.policy.two_people import Kind, Rule
from tokens.services.approvals.rights import is_alone
from tokens.services.two_people import asks_another
from tokens.web.approval_page import reader_of
from tokens.web.dispatch import wake_worker

_ANY = {Rule.REVOCATION: Kind.REVOCATION, Rule.KEYS: Kind.API_KEY}


def asked(request: HttpRequest, approval: Approval) -> HttpResponse:
    """To the request's page, which says what happens next."""
    wake_worker("tokens.deliver")
    messages.success(request, "Asked. Nothing changes before another person approves.")
    return redirect("approval", approval.pk)


def two_people(request: HttpRequest, rule: Rule, companies: Iterable[UUID] = ()) -> dict[str, bool]:
    """For the page's words: whether another person is needed, and whether there is one.

    Without the rule it asks the database nothing.
    """
    needed = asks_another(rule, actor_of(request.user))
    alone: Any = needed and is_alone(reader_of(request), _ANY[rule], companies)
    return {"asks_another": needed, "alone": bool(alone)}
