"""A company's workspace turns inactive in the running demo: what its list says from then on."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tokens.errors import WrongState
from tokens.models import Secret, Token
from tokens.policy.vocabulary import INACTIVE
from tokens.services.seed_demo.answers import APART


def of_open_companies(tokens: QuerySet[Token]) -> QuerySet[Token]:
    """Those whose company Coolset's lists can name, and have not called inactive yet."""
    named = Q(company__workspace_id__isnull=False)
    return tokens.filter(named).exclude(company__workspace_type=INACTIVE)


def closed(token: Token) -> dict[str, Any]:
    """What Coolset answers to this token once its company's workspace is inactive.

    The list of workspaces is asked for only where user-config does not say whose a token is, so
    that answer keeps the user alone. Raises WrongState for a company without a number.
    """
    company = token.company
    if company.workspace_id is None:
        raise WrongState("Its company has no workspace number here, so no list can name it.")
    user = {"email": token.secret.account_email} if token.secret.account_email else {}
    workspace = {
        "workspace_id": company.workspace_id,
        "workspace_name": company.name,
        "id": company.workspace_id + APART,
        "name": company.name,
        "type": INACTIVE,
    }
    return {"config": {"user": user}, "workspaces": [workspace]}


def ask_again(token: Token) -> None:
    """Let the next check ask for the list, which it does once a week."""
    Secret.objects.filter(pk=token.secret_id).update(workspaces_asked_at=None)
