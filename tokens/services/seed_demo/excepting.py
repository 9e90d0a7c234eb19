"""Exceptions of the sample data: asked for by one, approved by another of the sample company."""

from __future__ import annotations

from tokens.models import PolicyException
from tokens.policy.exceptions import Decision
from tokens.services.exceptions import ask_exception
from tokens.services.exceptions.decide import record_decision
from tokens.services.seed_demo.acts import person
from tokens.services.seed_demo.shape import Except, Sample


def ask(sample: Sample, act: Except) -> None:
    """Somebody asks, at the act's moment."""
    ask_exception(
        token=sample.token,
        flags=act.flags,
        reason=act.reason,
        ends_on=act.ends_on,
        by=act.by,
        actor=person(act.by),
        now=act.at,
    )


def approve(sample: Sample, act: Except) -> None:
    """Another one approves. No account of that name exists, so nobody asks for their role."""
    waiting = PolicyException.objects.get(token=sample.token, decision=Decision.ASKED.value)
    record_decision(
        exception=waiting,
        decision=Decision.APPROVED,
        by=act.approved_by,
        reason="",
        actor=person(act.approved_by),
        now=act.at + act.approved_after,
    )
