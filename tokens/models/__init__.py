"""Columns, constraints, indexes and querysets. Ciphertext only: nothing here can open a value."""

from tokens.models.accounts import Account
from tokens.models.api_keys import ApiKey
from tokens.models.approvals import Approval
from tokens.models.audit import AuditEvent, ChainHead
from tokens.models.calendars import CalendarLink
from tokens.models.channels import Channel, ChannelSecret, Delivery, DeliveryStatus, SealedAs
from tokens.models.consumers import Consumer, ConsumerSwitch
from tokens.models.evidence import Review, ReviewItem, Snapshot
from tokens.models.exceptions import ExceptedFlag, PolicyException
from tokens.models.first_answers import FirstAnswer
from tokens.models.identities import Identity, OpenPassword
from tokens.models.intake import DraftStatus, ImportDraft, Start, StartStatus
from tokens.models.inventory import Company, Integration, Person, Reconciliation
from tokens.models.lifecycle import OPEN_ROTATION, Compromise, Revocation, Rotation, RotationStatus
from tokens.models.memberships import Membership
from tokens.models.notices import Mail, MailStatus, Notice, NoticeKind, NoticeStatus
from tokens.models.operation import Incident, KeyRecord, Pulse, Tally, UsageKey
from tokens.models.passkeys import Passkey
from tokens.models.policies import Policy
from tokens.models.preferences import MailPreference, RefusedAddress, Snooze
from tokens.models.second_factors import Authenticator, RecoveryCode
from tokens.models.secrets import Check, Secret, Usage
from tokens.models.sessions import BrowserSession
from tokens.models.sightings import Sighting
from tokens.models.tokens import Token

__all__ = [
    "OPEN_ROTATION",
    "Account",
    "ApiKey",
    "Approval",
    "AuditEvent",
    "Authenticator",
    "BrowserSession",
    "CalendarLink",
    "ChainHead",
    "Channel",
    "ChannelSecret",
    "Check",
    "Company",
    "Compromise",
    "Consumer",
    "ConsumerSwitch",
    "Delivery",
    "DeliveryStatus",
    "DraftStatus",
    "ExceptedFlag",
    "FirstAnswer",
    "Identity",
    "ImportDraft",
    "Incident",
    "Integration",
    "KeyRecord",
    "Mail",
    "MailPreference",
    "MailStatus",
    "Membership",
    "Notice",
    "NoticeKind",
    "NoticeStatus",
    "OpenPassword",
    "Passkey",
    "Person",
    "Policy",
    "PolicyException",
    "Pulse",
    "Reconciliation",
    "RecoveryCode",
    "RefusedAddress",
    "Review",
    "ReviewItem",
    "Revocation",
    "Rotation",
    "RotationStatus",
    "SealedAs",
    "Secret",
    "Sighting",
    "Snapshot",
    "Snooze",
    "Start",
    "StartStatus",
    "Tally",
    "Token",
    "Usage",
    "UsageKey",
]
