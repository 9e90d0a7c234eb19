"""The page of one request: what is asked for, by whom, and what the reader may do with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tokens.models import Approval
from tokens.policy.roles import Permission
from tokens.policy.two_people import PERMISSION, RULE, Kind, Outcome, Rule
from tokens.selectors.todo_approvals import DECIDED_AT
from tokens.services.approvals.carry_out import left_of
from tokens.services.approvals.rights import companies_of, is_alone
from tokens.web.access import may
from tokens.web.approval_words import line, standing_words
from tokens.web.key_words import PERMISSION_WORDS

#: So many tokens are named; all of them are counted.
SHOWN = 200


def page_of(
    request: HttpRequest,
    found: Approval,
    now: datetime,
    *,
    deciding: bool = False,
    problem: str = "",
    shown_once: str = "",
) -> HttpResponse:
    """The page; `deciding`: with its forms. `shown_once`: the text of a key that was made now."""
    kind, stands, reader = Kind(found.kind), found.stands(now), reader_of(request)
    _, tone, title = standing_words(found, now)
    mine = found.asked_by == reader
    waits = stands is Outcome.ASKED
    ready = stands is Outcome.APPROVED and RULE[kind] is Rule.KEYS
    context: dict[str, Any] = {
        "approval": found,
        "line": line(found, now),
        "standing": stands.value,
        "tone": tone,
        "title": title,
        "mine": mine,
        "waits": waits,
        "ready": ready,
        "may_act": (waits or (ready and mine))
        and may(request.user, PERMISSION[kind], found.company_id),
        "act_at": reverse(DECIDED_AT[RULE[kind]], args=[found.pk]),
        "alone": mine and waits and is_alone(reader, kind, companies_of(found)),
        "deciding": deciding,
        "problem": problem,
        "new_key": shown_once,
        "is_key": RULE[kind] is Rule.KEYS,
        "permissions": [
            PERMISSION_WORDS[Permission(word)] for word in found.details.get("permissions", ())
        ],
        "companies": sorted(found.details.get("companies", {}).values()),
        "at": _moment(found.details.get("at")),
        **_tokens(found, kind, waits=waits, now=now),
        "now": now,
    }
    return render(request, "tokens/approval.html", context, status=400 if problem else 200)


def _tokens(found: Approval, kind: Kind, *, waits: bool, now: datetime) -> dict[str, Any]:
    """What approving would record; of what is settled, the tokens it was about."""
    if RULE[kind] is Rule.KEYS:
        return {}
    doable, passed = left_of(found, now)
    if not waits:
        doable, passed = [*doable, *(token for token, _ in passed)], []
    return {
        "tokens": doable[:SHOWN],
        "number": len(doable),
        "passed": passed[:SHOWN],
        "more": max(0, len(doable) - SHOWN),
    }


def reader_of(request: HttpRequest) -> str:
    """Who is signed in, as requests name people."""
    return str(request.user.get_username()).lower()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
