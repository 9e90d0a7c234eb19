"""The policies of the sample instance: a shorter one for admin tokens, one of an integration, and
one that was chosen by hand for a single token."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor
from tokens.models import Integration, Policy, Token
from tokens.policy.book import PolicyFacts
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import Scope, State
from tokens.services.assign_policy import assign_policy
from tokens.services.create_policy import create_policy
from tokens.services.seed_demo.names import DOMAIN
from tokens.services.seed_demo.shape import Place

ADMIN = Rules(rotate_days=30, warn_days=7, unused_days=14, stale_hours=24, thresholds=(7, 3, 1, 0))
FILING = Rules(rotate_days=60, thresholds=(14, 7, 1, 0))
BY_HAND = Rules(rotate_days=150)
#: The integration that goes by a policy of its own, and the one of which one token does.
FILES, LEAVES = "EUDR declarations", "Old ERP sync"
BOSS = Actor("account", f"admin@{DOMAIN}")


def rotate_days(place: Place) -> int:
    """After how many days a token of this place is to be rotated."""
    if is_filing(place):
        return FILING.rotate_days
    return (ADMIN if place.scope == Scope.ADMIN else DEFAULT).rotate_days


def is_filing(place: Place) -> bool:
    """Whether it is one of the integration with a policy of its own."""
    return place.connector.name == FILES


def shorten_admin(*, now: datetime) -> None:
    """Admin tokens are rotated every month, from the first day on."""
    proposal = PolicyFacts(0, "Admin scope", ADMIN, scope=Scope.ADMIN.value)
    create_policy(proposal=proposal, actor=BOSS, now=now)


def shorten_filing(*, now: datetime) -> None:
    """One integration by itself; the name of its policy says whose wish it was."""
    integration = Integration.objects.get(name=FILES)
    proposal = PolicyFacts(0, "Compliance asked for it", FILING, integration=integration.pk)
    create_policy(proposal=proposal, actor=BOSS, now=now)


def spare_the_last(*, now: datetime) -> None:
    """One token of a system that is being switched off may stay for longer, chosen by hand."""
    proposal = PolicyFacts(0, "Until it is switched off", BY_HAND)
    policy: Policy = create_policy(proposal=proposal, actor=BOSS, now=now)
    found = Token.objects.filter(integration__name=LEAVES, state=State.ACTIVE.value)
    youngest = found.filter(issued_at__isnull=False).order_by("-issued_at", "pk").first()
    if youngest is not None:
        assign_policy(token_ids=[youngest.pk], policy=policy.pk, actor=BOSS, now=now)
