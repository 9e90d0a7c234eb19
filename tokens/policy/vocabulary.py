"""The closed vocabularies of the product: strings that are stored, exported and scripted against.

Source of every word: shared/interfaces.md.
"""

from enum import StrEnum


class Environment(StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class State(StrEnum):
    ACTIVE = "active"
    REPLACED = "replaced"
    REVOKED = "revoked"


class Health(StrEnum):
    """What conclusive answers say."""

    UNCHECKED = "unchecked"
    VALID = "valid"
    INSUFFICIENT = "insufficient"
    FAILING = "failing"


class Outcome(StrEnum):
    """What one probe said, strictly."""

    VALID = "valid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    UNUSABLE = "unusable"
    UNREADABLE = "unreadable"


#: The token was accepted: it exists and is in force, whatever it may do.
ACCEPTED = frozenset({Outcome.VALID, Outcome.FORBIDDEN})


class Proof(StrEnum):
    NONE = "none"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"


class EvidenceSource(StrEnum):
    """Who saw a token in use."""

    REPORT = "report"
    LOG = "log"
    HEADERS = "headers"


class Flag(StrEnum):
    COMPROMISED = "compromised"
    EXPIRING = "expiring"
    OVERDUE = "overdue"
    FAILING = "failing"
    UNRECORDED_REVOCATION = "unrecorded_revocation"
    INSUFFICIENT = "insufficient"
    UNUSED = "unused"
    STALE = "stale"
    SHARED = "shared"
    MIXED_ENVIRONMENTS = "mixed_environments"
    COMPANY_MISMATCH = "company_mismatch"
    OWNERLESS = "ownerless"
    OWNER_LEFT = "owner_left"
    CREATOR_LEFT = "creator_left"
    PERMISSION_CHANGED = "permission_changed"
    WORKSPACE_INACTIVE = "workspace_inactive"
    AGE_UNKNOWN = "age_unknown"
    NOT_HELD = "not_held"
    NOT_REVOKED = "not_revoked"
    REVOCATION_CONTRADICTED = "revocation_contradicted"
    EXCEPTION_ENDED = "exception_ended"


#: The types of a workspace, in Coolset's words (coolset-api.md), and the one that is not in use.
WORKSPACE_TYPES = frozenset({"active", "inactive", "test", "demo", "trial", "stakeholder"})
INACTIVE = "inactive"


class Role(StrEnum):
    """What an account is in the organisation; a member is what its companies make it."""

    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    MEMBER = "member"


class CompanyRole(StrEnum):
    """What an account is in one company."""

    VIEWER = "viewer"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    ADMIN = "company_admin"
