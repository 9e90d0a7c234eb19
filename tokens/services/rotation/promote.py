"""The value answered: it becomes a token, and the old one is replaced, in one transaction."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Event, Trail
from tokens.models import Rotation, RotationStatus, Secret, Token
from tokens.policy import schedule
from tokens.policy.days import due_at
from tokens.policy.vocabulary import Environment, Health, Outcome, State
from tokens.services.intake.asked_before import count_earlier_calls
from tokens.services.mismatches import refresh_mismatches
from tokens.services.policy_in_force import choice_for, rules_in_force
from tokens.services.probing.asking import Result
from tokens.services.probing.evidence import UsageRecorder, take_company_evidence
from tokens.services.probing.runs import RunRecorder
from tokens.services.rotation.decide import settle


def promote(rotation: Rotation, result: Result, *, trail: Trail, now: datetime) -> Token:
    """Raises IntegrityError where the value or the place was taken in the meantime."""
    _watch_soon(rotation, now)
    old = Token.objects.select_for_update().get(pk=rotation.token_id)
    if old.state == State.ACTIVE.value:
        old.state, old.replaced_at, old.remind_at = State.REPLACED.value, now, None
        old.save(update_fields=["state", "replaced_at", "remind_at"])
    secret = _secret(rotation, result)
    new = _token(rotation, old, secret, now)
    refresh_mismatches([secret.pk])
    forbidden = result.answer.outcome is Outcome.FORBIDDEN
    rotation.warning = "insufficient" if forbidden else ""
    rotation.reason = ""
    hint = rotation.hint
    settle(rotation, RotationStatus.DONE, now)
    trail.add(
        Event.ROTATION_ACCEPTED,
        new,
        old_token=old.pk,
        new_token=new.pk,
        outcome=result.answer.outcome.value,
        status=result.answer.status,
        warning=rotation.warning,
        issued_at=new.issued_at,
        due_at=new.due_at,
        hint=hint,
    )
    return new


def _watch_soon(rotation: Rotation, now: datetime) -> None:
    """The old value is asked about within the hour; from then on its answers say when.

    Before the token is locked, and never waiting: a check under way plans the next one itself.
    """
    later = now + schedule.RATE_WINDOW
    free = Secret.objects.select_for_update(skip_locked=True, of=("self",))
    far = free.filter(tokens=rotation.token_id, next_check_at__gt=later)
    ids = list(far.exclude(throttled_until__gt=later).values_list("pk", flat=True))
    Secret.objects.filter(pk__in=ids).update(next_check_at=later)


def _secret(rotation: Rotation, result: Result) -> Secret:
    """Its first answer is a check like any other, so it is kept as one."""
    answer = result.answer
    accepted = Health.VALID if answer.outcome is Outcome.VALID else Health.INSUFFICIENT
    secret = Secret(
        fingerprint=rotation.fingerprint,
        health=accepted.value,
        last_checked_at=answer.at,
        last_outcome=answer.outcome.value,
        last_conclusive_at=answer.at,
        last_accepted_at=answer.at,
        own_calls=rotation.own_calls,
        next_check_at=schedule.next_check(
            schedule.Occasion(
                secret_key=str(rotation.new_token_id),
                environment=Environment(rotation.token.environment),
                outcome=answer.outcome,
                at=answer.at,
                confirm_seconds=0,
            )
        ),
    )
    count_earlier_calls([secret])
    take_company_evidence(secret, result)
    secret.save()
    runs, usage = RunRecorder([]), UsageRecorder([secret.pk])
    runs.take(secret, answer)
    usage.take(secret, answer)
    secret.save()
    runs.write()
    usage.write()
    return secret


def _token(rotation: Rotation, old: Token, secret: Secret, now: datetime) -> Token:
    """Everything of the old one but its value, its issue and its creator."""
    new = Token(
        id=rotation.new_token_id,
        secret=secret,
        company_id=old.company_id,
        integration_id=old.integration_id,
        environment=old.environment,
        scope=old.scope,
        label=old.label,
        owner_id=old.owner_id,
        created_by_id=rotation.created_by_id,
        hint=rotation.hint,
        sealed=rotation.sealed,
        key_id=rotation.key_id,
        issued_at=rotation.issued_at,
        stored_at=now,
        replaces=old,
        where=old.where,
        runbook_url=old.runbook_url,
        assigned_policy_id=old.assigned_policy_id,
    )
    choice = choice_for(new, rules_in_force())
    new.policy_id = choice.policy
    new.due_at = due_at(issued_at=new.issued_at, stored_at=now, rules=choice.rules)
    new.save(force_insert=True)
    return new
