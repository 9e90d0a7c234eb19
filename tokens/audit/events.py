"""The closed vocabulary of the audit trail: what can be recorded, and with which facts.

An event or a fact that is not declared here is refused, so that no secret gets into the trail by
accident. Add an event, its sentence and its facts together; never rename one (entries stay).
"""

# ruff: noqa: S105 - names of events, no passwords

from enum import StrEnum

from tokens.audit.facts import FACTS, SENTENCES


class Event(StrEnum):
    """What happened. The words are stored, exported and filtered by."""

    TOKEN_REGISTERED = "token.registered"
    TOKEN_IMPORTED = "token.imported"
    TOKEN_CHECK_REQUESTED = "token.check_requested"
    TOKEN_EDITED = "token.edited"
    TOKEN_OWNER_CHANGED = "token.owner_changed"
    TOKEN_HEALTH_CHANGED = "token.health_changed"
    TOKEN_COMPROMISED = "token.compromised"
    TOKEN_COMPROMISE_STEP = "token.compromise_step"
    LEAK_FOUND = "leak.found"
    TOKEN_UNREADABLE = "token.unreadable"
    ROTATION_STARTED = "rotation.started"
    ROTATION_REFUSED = "rotation.refused"
    ROTATION_ACCEPTED = "rotation.accepted"
    ROTATION_WAITING = "rotation.waiting"
    ROTATION_CANCELLED = "rotation.cancelled"
    REVOCATION_RECORDED = "revocation.recorded"
    REVOCATION_CONFIRMED = "revocation.confirmed"
    REVOCATION_CONTRADICTED = "revocation.contradicted"
    CIPHERTEXT_DESTROYED = "ciphertext.destroyed"
    REMINDER_SENT = "reminder.sent"
    ALERT_SENT = "alert.sent"
    MAIL_FAILED = "mail.failed"
    COMPANY_CREATED = "company.created"
    COMPANY_EDITED = "company.edited"
    COMPANY_RECONCILED = "company.reconciled"
    INTEGRATION_CREATED = "integration.created"
    INTEGRATION_EDITED = "integration.edited"
    PERSON_CREATED = "person.created"
    PERSON_LEAVING_CHANGED = "person.leaving_changed"
    USAGE_KEY_CREATED = "usage_key.created"
    USAGE_KEY_REVOKED = "usage_key.revoked"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    USAGE_FIRST_REPORTED = "usage.first_reported"
    USAGE_IMPORTED = "usage.imported"
    IDENTIFY_ASKED = "identify.asked"
    IMPORT_DONE = "import.done"
    EXPORT_DONE = "export.done"
    INCIDENT_BEGAN = "incident.began"
    INCIDENT_ENDED = "incident.ended"
    POLICY_CHANGED = "policy.changed"
    KEYS_ROTATED = "keys.rotated"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_ROLE_CHANGED = "account.role_changed"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_PASSWORD_CHANGED = "account.password_changed"
    ACCOUNT_SIGNED_IN = "account.signed_in"
    ACCOUNT_SIGN_IN_FAILED = "account.sign_in_failed"
    ACCOUNT_CONFIRMED = "account.confirmed"
    ACCOUNT_SIGNED_OUT = "account.signed_out"
    SETUP_DONE = "setup.done"
    ALLOW_HOST_CONFIGURED = "allow_host.configured"
    DEMO_SEEDED = "demo.seeded"
    COMPLIANCE_COUNTED = "compliance.counted"
    EVIDENCE_EXPORTED = "evidence.exported"
    REVIEW_STARTED = "review.started"
    REVIEW_DECIDED = "review.decided"
    REVIEW_TAKEN_OVER = "review.taken_over"
    REVIEW_CLOSED = "review.closed"
    REVIEW_SIGNED = "review.signed"


def describe(kind: str) -> str:
    """The event in plain words. An unknown kind raises ValueError."""
    return SENTENCES[Event(kind).value]


def allowed_facts(event: Event) -> frozenset[str]:
    """The names of the facts that this event may carry."""
    return FACTS[event.value]
