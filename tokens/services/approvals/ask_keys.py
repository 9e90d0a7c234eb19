"""Asking another person to approve that a key is made; it is made when it is collected."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, audited
from tokens.errors import WrongState
from tokens.models import Approval, Integration
from tokens.policy.roles import Permission
from tokens.policy.two_people import Kind, Outcome
from tokens.services.api_keys import check_name_is_free, clean_new_key
from tokens.services.approvals.asking import write_request
from tokens.services.approvals.lapse import lapse_of_integration


def ask_api_key(
    *,
    name: str,
    permissions: Collection[Permission],
    days: int,
    companies: Collection[UUID] = (),
    actor: Actor,
    now: datetime,
) -> Approval:
    """Ask for a key for a script. Raises InvalidInput and AlreadyKnown as making it does."""
    wanted = clean_new_key(
        name=name, permissions=permissions, days=days, companies=companies, now=now
    )
    with audited(actor=actor, now=now) as trail:
        check_name_is_free(wanted.name)
        return write_request(
            Kind.API_KEY,
            about=f"API key “{wanted.name}”",
            details={
                "name": wanted.name,
                "permissions": wanted.permissions,
                "companies": wanted.companies,
                "days": days,
            },
            actor=actor,
            trail=trail,
            now=now,
            facts={
                "permissions": wanted.permissions,
                "companies": sorted(wanted.companies.values()),
                "days": days,
            },
        )


def ask_usage_key(*, integration: Integration, actor: Actor, now: datetime) -> Approval:
    """Ask for a key with which an integration reports use.

    Raises WrongState where somebody has asked for one of this integration before.
    """
    with audited(actor=actor, now=now) as trail:
        locked = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
        lapse_of_integration(locked, trail=trail, now=now)
        waiting = Approval.objects.filter(integration=locked, outcome=Outcome.ASKED.value).first()
        if waiting is not None:
            raise WrongState(
                f"{waiting.asked_by} has asked for one already; it waits for another person."
            )
        return write_request(
            Kind.USAGE_KEY,
            about=f"Key of {locked.name} for reporting use",
            details={},
            actor=actor,
            trail=trail,
            now=now,
            facts={"permissions": ["report use"], "integration": locked.name},
            integration=locked,
        )
