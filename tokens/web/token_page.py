"""A token's page: the verdict first, four facts, the acts, then its story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.models import Approval, Revocation, Token
from tokens.notifications.status import history
from tokens.notifications.upcoming import next_reminder
from tokens.policy.roles import Permission, Reach
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import Proof, State
from tokens.selectors.archived import archived_since
from tokens.selectors.around import around
from tokens.selectors.beside import beside, covers_integration, witnesses_of
from tokens.selectors.compromise import compromise_of
from tokens.selectors.facts import Row, of_token
from tokens.selectors.safe_to_revoke import switching_of
from tokens.selectors.snooze import is_put_off
from tokens.selectors.story import story
from tokens.selectors.verdict import verdict
from tokens.services.policy_in_force import choice_for
from tokens.services.two_people import rule_in_force
from tokens.web.access import can, needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.check import pending, waiting
from tokens.web.exception_words import silenced_words
from tokens.web.exceptions_panel import exceptions_panel
from tokens.web.lookup import token_or_404
from tokens.web.token_use import seen_in_use, who_uses
from tokens.web.whole_value import acts_on_value
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


@needs(Permission.VIEW, within=True)
@require_safe
def token_page(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Everything that is known of one token, but its value."""
    now, book = timezone.now(), rules_of(request)
    token = token_or_404(token_id)
    row = of_token(token, book, now)
    revocation = getattr(token.secret, "revocation", None)
    beside_it = around(token, now)
    use, notices = beside_it.use, beside_it.notices
    reach, here = reach_of(request.user), can(request.user, token.company_id)
    others = beside(token, reach, beside_it.leaving.others)
    context = {
        "token": token,
        "row": row,
        "verdict": verdict(token, row.rules, now, row, reach=reach, trail=beside_it.trail),
        "tags": tags(row, now),
        "explained": [*explained(row), *silenced_words(row, now)],
        "due": due(row),
        "evidence": EVIDENCE_WORDS[row.last_used_evidence],
        "reminder": next_reminder(
            token, rules=row.rules, now=now, told=notices, known=beside_it.readers
        ),
        "mails": [
            (mail_words(told), told) for told in history(token, limit=MAILS_SHOWN, notices=notices)
        ],
        "snooze": beside_it.snooze if is_put_off(token, now) else None,
        "story": story(token, now, **beside_it.of_story, reach=reach),
        "archived": archived_since(token.stored_at, now),
        "seen": seen_in_use(use, token.secret, now),
        "who": who_uses(use),
        "revocation": revocation,
        "proof_words": PROOF_WORDS[revocation.proof] if revocation else "",
        "witnesses": witnesses_of(revocation, reach) if revocation else (),
        "can": here,
        "acts": _acts(token, row, revocation, here, acts_on_value(request, others)),
        "checking": pending(token.secret, now),
        **waiting(token.secret.last_checked_at, now),
        "throttled_until": _throttled(token, now),
        "rotation": beside_it.rotation,
        "compromise": compromise_of(token),
        "replacement": getattr(token, "replacement", None),
        "siblings": others,
        "switching": switching_of(token, now, leaving=beside_it.leaving),
        "may_add": here["edit"] and _whole_integration(request, token),
        "exceptions": exceptions_panel(request, token, now, beside_it.exceptions),
        "revocation_request": _request(token, beside_it.approval, reach),
        "rules": row.rules,
        "choice": choice_for(token, book),
        "now": now,
    }
    return render(request, "tokens/page.html", context)


def _acts(
    token: Token, row: Row, revocation: Revocation | None, here: dict[str, bool], whole: bool
) -> Acts:
    """`here`: what may be done in its company; `whole`: with its value in every other row, too."""
    in_force = token.state != State.REVOKED.value
    contradicted = revocation is not None and revocation.proof == Proof.CONTRADICTED.value
    active = token.state == State.ACTIVE.value
    return Acts(
        check=here[Permission.CHECK] and token.sealed is not None,
        rotate=here[Permission.ROTATE] and active,
        revoke=here[Permission.REVOKE] and whole and (in_force or contradicted),
        edit=here[Permission.EDIT] and in_force,
        compromise=here[Permission.REVOKE] and whole and in_force,
        next="rotate" if active else "revoke",
    )


def _whole_integration(request: HttpRequest, token: Token) -> bool:
    return covers_integration(token.integration_id, reach_of(request.user, Permission.EDIT))


def _request(token: Token, found: Approval | None, reach: Reach) -> Approval | None:
    """The request to record its revocation; without the rule nothing is shown of it."""
    if Rule.REVOCATION not in rule_in_force() or token.state == State.REVOKED.value:
        return None
    return found if found is not None and reach.includes(found.company_id) else None


def _throttled(token: Token, now: datetime) -> datetime | None:
    until = token.secret.throttled_until
    return until if until is not None and until > now else None
