"""What beat and pages hand to the worker. A task carries ids at most, never a value."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from tokens.services.apply_policies import align_policies
from tokens.services.approvals import lapse_requests
from tokens.services.channels.tell import tell_channels
from tokens.services.deliver import deliver_alerts, deliver_due
from tokens.services.exceptions.telling import remind_exceptions
from tokens.services.housekeeping import tidy
from tokens.services.intake.take_up import take_up_intake
from tokens.services.keep_checkpoint import keep_checkpoint
from tokens.services.key_records import record_keys
from tokens.services.ping_deadman import ping_deadman
from tokens.services.pulse import beat
from tokens.services.remind import remind_if_open_hours
from tokens.services.remind_keys import remind_keys
from tokens.services.reviews.remind import remind_reviewers_if_open_hours
from tokens.services.reviews.sign import sign_reviews
from tokens.services.rotation import probe_candidates
from tokens.services.sweep import sweep as run_sweep
from tokens.services.take_snapshot import take_snapshot
from tokens.services.watch import watch as look_at_ourselves


@shared_task(name="tokens.sweep")
def sweep() -> None:
    """Check what is due, tell the dead-man's switch, then send what that brought up."""
    probe_candidates(clock=timezone.now)
    if run_sweep(clock=timezone.now).stopped:
        return  # somebody ends this worker: the next sweep does the rest
    ping_deadman(now=timezone.now())
    deliver_alerts(now=timezone.now())


@shared_task(name="tokens.remind")
def remind() -> None:
    remind_keys(now=timezone.now())
    remind_exceptions(now=timezone.now())
    lapse_requests(now=timezone.now())
    remind_if_open_hours(now=timezone.now())


@shared_task(name="tokens.deliver")
def deliver() -> None:
    deliver_due(now=timezone.now())


@shared_task(name="tokens.channels")
def channels() -> None:
    """Tell channels and webhooks what waits for them."""
    tell_channels(now=timezone.now())


@shared_task(name="tokens.intake")
def intake() -> None:
    """Look at uploads and pasted tokens, store what was confirmed, forget what was left."""
    if take_up_intake(clock=timezone.now):
        sweep.delay()


@shared_task(name="tokens.heartbeat")
def heartbeat() -> None:
    """Beat sent it and the worker ran it: both are alive, and the keys are those of before."""
    record_keys(now=timezone.now())
    beat("beat", now=timezone.now())


@shared_task(name="tokens.watch")
def watch() -> None:
    """Mail administrators once where checks or mail stand still."""
    look_at_ourselves(now=timezone.now())


@shared_task(name="tokens.housekeeping")
def housekeeping() -> None:
    """Let go of what nobody needs any more, bring tokens in line with policies, and once a day sign
    the head of the audit trail."""
    tidy(now=timezone.now())
    align_policies(now=timezone.now())
    keep_checkpoint(now=timezone.now())


@shared_task(name="tokens.evidence")
def evidence() -> None:
    """What auditors ask for: the day's share within policy, reviews reminded of and signed."""
    take_snapshot(now=timezone.now())
    remind_reviewers_if_open_hours(now=timezone.now())
    sign_reviews(now=timezone.now())
