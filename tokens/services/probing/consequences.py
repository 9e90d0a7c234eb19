"""What follows from a batch of answers: audit entries, witnesses, destruction of a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokens.audit import Event, Trail
from tokens.models import Revocation, Secret, Token
from tokens.policy.incident import WINDOW
from tokens.selectors.wrong_target import behind_contradiction
from tokens.services.probing.asking import Result

#: Other tokens named in a proof; how many there were is counted in full.
WITNESSES = 20


def _rows(secrets: Sequence[Secret]) -> dict[object, list[Token]]:
    rows: dict[object, list[Token]] = {}
    tokens = Token.objects.filter(secret__in=[secret.pk for secret in secrets])
    for token in tokens.select_related("company", "integration").order_by("pk"):
        rows.setdefault(token.secret_id, []).append(token)
    return rows


def audit_health(changes: Sequence[tuple[Secret, str, Result]], trail: Trail) -> None:
    rows = _rows([secret for secret, _, _ in changes]) if changes else {}
    for secret, before, result in changes:
        for token in rows.get(secret.pk, []):
            trail.add(
                Event.TOKEN_HEALTH_CHANGED,
                token,
                company=token.company,
                old=before,
                new=secret.health,
                outcome=result.answer.outcome.value,
                status=result.answer.status,
            )


def audit_unreadable(secrets: Sequence[Secret], trail: Trail) -> None:
    rows = _rows(secrets) if secrets else {}
    for secret in secrets:
        for token in rows.get(secret.pk, []):
            trail.add(Event.TOKEN_UNREADABLE, token, company=token.company, key_id=token.key_id)


def _with_rows(
    records: Sequence[Revocation],
) -> Iterator[tuple[Revocation, list[Token]]]:
    rows = _rows([record.secret for record in records]) if records else {}
    for record in records:
        yield record, rows.get(record.secret_id, [])


def confirm(confirmed: Sequence[tuple[Revocation, Result]], trail: Trail) -> None:
    """Name the witnesses: other tokens that the same API accepted in the same minutes."""
    results = {record.pk: result for record, result in confirmed}
    for record, tokens in _with_rows([record for record, _ in confirmed]):
        _call_witnesses(record)
        answer = results[record.pk].answer
        for token in tokens:
            trail.add(
                Event.REVOCATION_CONFIRMED,
                token,
                company=token.company,
                last_accepted=record.last_accepted_at,
                first_refused=record.first_refused_at,
                last_refused=answer.at,
                others_accepted=record.witness_count,
                recorded_at=record.recorded_at,
                outcome=answer.outcome.value,
                status=answer.status,
            )


def _call_witnesses(record: Revocation) -> None:
    since = (record.first_refused_at or record.recorded_at) - WINDOW
    until = (record.confirmed_at or record.recorded_at) + WINDOW
    accepted = Secret.objects.filter(
        last_accepted_at__gte=since, last_accepted_at__lte=until
    ).exclude(pk=record.secret_id)
    record.witness_count = accepted.count()
    named = (
        Token.objects.filter(secret__in=accepted.order_by("-last_accepted_at")[:WITNESSES])
        .select_related("company", "integration", "secret")
        .order_by("company__name", "integration__name")[:WITNESSES]
    )
    record.witnesses = [
        {
            "id": str(token.pk),
            "name": token.audit_name,
            "accepted_at": token.secret.last_accepted_at.isoformat(),  # type: ignore[union-attr]  # filtered by it
        }
        for token in named
    ]
    record.save(update_fields=["witness_count", "witnesses"])


def contradict(contradicted: Sequence[tuple[Revocation, Result]], trail: Trail) -> None:
    results = {record.pk: result for record, result in contradicted}
    for record, tokens in _with_rows([record for record, _ in contradicted]):
        suspects = [target.hit.name for target in behind_contradiction(record)]
        answer = results[record.pk].answer
        for token in tokens:
            trail.add(
                Event.REVOCATION_CONTRADICTED,
                token,
                company=token.company,
                last_accepted=answer.at,
                recorded_at=record.recorded_at,
                outcome=answer.outcome.value,
                status=answer.status,
                suspects=suspects,
            )


def destroy(records: Sequence[Revocation], trail: Trail) -> None:
    """Delete every row's ciphertext of a secret whose revocation is proved (not from backups)."""
    for record, tokens in _with_rows(records):
        keys = sorted({token.key_id for token in tokens if token.key_id})
        Token.objects.filter(secret_id=record.secret_id).update(sealed=None, key_id="")
        for token in tokens:
            trail.add(
                Event.CIPHERTEXT_DESTROYED,
                token,
                company=token.company,
                recorded_at=record.recorded_at,
                key_id=", ".join(keys),
                rows=len(tokens),
            )
