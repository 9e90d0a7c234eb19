"""Acts upon a value, not upon one row of it: for whoever may do that wherever it is stored."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tokens.models import Token
from tokens.policy.roles import Permission
from tokens.selectors.beside import Beside, covers_value
from tokens.web.access import ELSEWHERE, reach_of


def acts_on_value(request: HttpRequest, others: Beside) -> bool:
    """Whether pages offer it: the caller reaches all other rows of the value; no query."""
    reach = reach_of(request.user, Permission.REVOKE)
    return not others.unseen and all(reach.includes(each.company_id) for each in others.every)


def check_whole_value(request: HttpRequest, token: Token, permission: Permission) -> None:
    """Raise PermissionDenied where this would touch a row out of the caller's reach."""
    if not covers_value(token.secret_id, reach_of(request.user, permission)):
        raise PermissionDenied(ELSEWHERE)
