"""A token's page: the verdict first, four facts, the acts, then its story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.models import OPEN_ROTATION, Approval, Revocation, Rotation, Token
from tokens.notifications.status import history, latest_notices
from tokens.notifications.upcoming import next_reminder
from tokens.policy.roles import Permission
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import Proof, State
from tokens.selectors.approvals import waiting_for_token
from tokens.selectors.archived import archived_since
from tokens.selectors.compromise import compromise_of
from tokens.selectors.facts import Row, one
from tokens.selectors.safe_to_revoke import SHARED_BY, switching_of
from tokens.selectors.snooze import snooze_of
from tokens.selectors.story import story
from tokens.selectors.usage import use_of
from tokens.selectors.verdict import verdict
from tokens.services.policy_in_force import choice_for, rules_in_force
from tokens.services.two_people import rule_in_force
from tokens.web.access import may, needs
from tokens.web.check import pending, waiting
from tokens.web.exception_words import silenced_words
from tokens.web.exceptions_panel import exceptions_panel
from tokens.web.lookup import token_or_404
from tokens.web.token_use import seen_in_use, who_uses
from tokens.web.words import EVIDENCE_WORDS, PROOF_WORDS, due, explained, mail_words, tags

MAILS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Acts:
    """What may be done now, by role and by state. `next`: the one that leads on."""

    check: bool
    rotate: bool
    revoke: bool
    edit: bool
    compromise: bool
    next: str


@needs(Permission.VIEW)
@require_safe
def token_page(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Everything that is known of one token, but its value."""
    now, book = timezone.now(), rules_in_force()
    token = token_or_404(token_id)
    row = one(token_id, book, now)
    if row is None:
        raise Http404("no such token")
    revocation = getattr(token.secret, "revocation", None)
    use, notices = use_of(token.secret_id), latest_notices(token)
    context = {
        "token": token,
        "row": row,
        "verdict": verdict(token, row.rules, now, row),
        "tags": tags(row, now),
        "explained": [*explained(row), *silenced_words(row, now)],
        "due": due(row),
        "evidence": EVIDENCE_WORDS[row.last_used_evidence],
        "reminder": next_reminder(token, rules=row.rules, now=now, told=notices),
        "mails": [
            (mail_words(told), told) for told in history(token, limit=MAILS_SHOWN, notices=notices)
        ],
        "snooze": snooze_of(token, now),
        "story": story(token, now, use=use, notices=notices),
        "archived": archived_since(token.stored_at, now),
        "seen": seen_in_use(use, token.secret, now),
        "who": who_uses(use),
        "revocation": revocation,
        "proof_words": PROOF_WORDS[revocation.proof] if revocation else "",
        "acts": _acts(request, token, row, revocation),
        "checking": pending(token.secret, now),
        **waiting(token.secret.last_checked_at, now),
        "throttled_until": _throttled(token, now),
        "rotation": _open_rotation(token),
        "compromise": compromise_of(token),
        "replacement": getattr(token, "replacement", None),
        "siblings": (siblings := _siblings(token)),
        "switching": switching_of(token, now, siblings=siblings),
        "exceptions": exceptions_panel(request, token, now),
        "revocation_request": _request(token, now),
        "rules": row.rules,
        "choice": choice_for(token, book),
        "now": now,
    }
    return render(request, "tokens/page.html", context)


def _acts(request: HttpRequest, token: Token, row: Row, revocation: Revocation | None) -> Acts:
    in_force = token.state != State.REVOKED.value
    contradicted = revocation is not None and revocation.proof == Proof.CONTRADICTED.value
    active = token.state == State.ACTIVE.value
    return Acts(
        check=may(request.user, Permission.CHECK) and token.sealed is not None,
        rotate=may(request.user, Permission.ROTATE) and active,
        revoke=may(request.user, Permission.REVOKE) and (in_force or contradicted),
        edit=may(request.user, Permission.EDIT) and in_force,
        compromise=may(request.user, Permission.REVOKE) and in_force,
        next="rotate" if active else "revoke",
    )


def _request(token: Token, now: datetime) -> Approval | None:
    """The request to record its revocation; without the rule nothing is asked for it."""
    on = Rule.REVOCATION in rule_in_force()
    return waiting_for_token(token, now) if on and token.state != State.REVOKED.value else None


def _throttled(token: Token, now: datetime) -> datetime | None:
    until = token.secret.throttled_until
    return until if until is not None and until > now else None


def _open_rotation(token: Token) -> Rotation | None:
    return Rotation.objects.filter(token=token, status__in=OPEN_ROTATION).first()


def _siblings(token: Token) -> list[Token]:
    """Other rows that hold the same value: whatever is done to it is done to them."""
    others = Token.objects.filter(secret_id=token.secret_id).exclude(pk=token.pk)
    return list(others.select_related("company", "integration").order_by("pk")[:SHARED_BY])
