"""A secret is one distinct token value, however many rows of the inventory hold it.

Checks, throttling, own calls, evidence of use and revocation are facts about the value, so they
hang here. The value itself is nowhere in this table: only its fingerprint.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified, only_words, word_field
from tokens.policy.days import utc_day
from tokens.policy.usage import HourMap
from tokens.policy.usage_days import DayMap
from tokens.policy.vocabulary import EvidenceSource, Health, Outcome


class Secret(Identified):
    """Probe state of one value. `fingerprint` is null where nobody holds the value any more."""

    fingerprint = models.BinaryField(max_length=32, null=True, unique=True)
    health = word_field(Health, Health.UNCHECKED)
    suspect_since = models.DateTimeField(null=True)
    refused_since = models.DateTimeField(null=True)
    last_checked_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=12, blank=True, default="")
    last_conclusive_at = models.DateTimeField(null=True)
    last_accepted_at = models.DateTimeField(null=True)
    run_id = models.UUIDField(null=True)

    next_check_at = models.DateTimeField(null=True)
    throttled_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    own_calls = models.JSONField(default=list)
    workspaces_asked_at = models.DateTimeField(null=True)

    seen_workspace_id = models.BigIntegerField(null=True)
    listed_workspace_ids = models.JSONField(null=True)
    account_email = models.CharField(max_length=254, blank=True, default="")

    is_shared = models.BooleanField(default=False)
    mixes_environments = models.BooleanField(default=False)
    last_used_at = models.DateTimeField(null=True)
    last_used_evidence = models.CharField(max_length=8, blank=True, default="")
    headers_live_until = models.DateTimeField(null=True)
    #: Since when the value works but may do less than before (200 turned to 403); null: it may.
    permission_lost_at = models.DateTimeField(null=True)
    #: Imported logs would have shown use of this value from and up to here, without a gap.
    logs_cover_since = models.DateTimeField(null=True)
    logs_cover_until = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_check_at"], name="secret_next_check"),
            # Of what few have, and a sweep seldom changes.
            models.Index(
                fields=["health", "id"],
                name="secret_unwell",
                condition=~Q(health=Health.VALID.value),
            ),
            models.Index(
                fields=["id"],
                name="secret_shared",
                condition=Q(is_shared=True) | Q(mixes_environments=True),
            ),
        ]
        constraints = [
            only_words("health", Health, "secret_health_known"),
            models.CheckConstraint(
                condition=Q(fingerprint__isnull=False) | Q(next_check_at__isnull=True),
                name="secret_not_held_is_never_probed",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(next_check_at__isnull=True),
                name="secret_destroyed_is_never_probed",
            ),
            models.CheckConstraint(
                condition=(Q(health=Health.FAILING.value) & Q(refused_since__isnull=False))
                | (~Q(health=Health.FAILING.value) & Q(refused_since__isnull=True)),
                name="secret_failing_since_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"secret {self.pk}"

    @property
    def is_held(self) -> bool:
        """There is, or was before its destruction, a value here."""
        return self.fingerprint is not None


class Check(Identified):
    """A run of equal outcomes of one secret, so that an hourly success adds no row."""

    # No index of its own: `check_runs` begins with it.
    secret = models.ForeignKey(
        Secret, on_delete=models.CASCADE, related_name="checks", db_index=False
    )
    outcome = word_field(Outcome)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=20, blank=True, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    latencies = models.JSONField(default=list)

    class Meta:
        indexes = [
            # By their beginning, in which runs of one secret stand as by their end: what every
            # check writes must be in no index, so that PostgreSQL changes the row in its place.
            models.Index(fields=["secret", "-first_at"], name="check_runs"),
            models.Index(fields=["first_at"], name="check_began"),
        ]
        constraints = [
            only_words("outcome", Outcome, "check_outcome_known"),
            models.CheckConstraint(condition=Q(count__gte=1), name="check_counts"),
            models.CheckConstraint(
                condition=Q(last_at__gte=models.F("first_at")), name="check_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} x {self.count}"


class Usage(Identified):
    """That a secret was seen in use, per source. Hours looked at as in policy.usage.HourMap, days
    as in policy.usage_days.DayMap; both are counted from `anchor_at`."""

    # No index of its own: `usage_once_per_source` begins with it.
    secret = models.ForeignKey(
        Secret, on_delete=models.CASCADE, related_name="usages", db_index=False
    )
    source = word_field(EvidenceSource)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    anchor_at = models.DateTimeField(null=True)
    looked = models.CharField(max_length=190, blank=True, default="")
    seen = models.CharField(max_length=190, blank=True, default="")
    days_looked = models.CharField(max_length=24, blank=True, default="")
    days_seen = models.CharField(max_length=24, blank=True, default="")

    #: What `keep` writes.
    MAPS = ("anchor_at", "looked", "seen", "days_looked", "days_seen")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["secret", "source"], name="usage_once_per_source"),
            only_words("source", EvidenceSource, "usage_source_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} of {self.secret_id}"

    def maps(self) -> tuple[HourMap, DayMap]:
        """Hours and days looked at and seen."""
        hours = HourMap.from_text(self.anchor_at, self.looked, self.seen)
        return hours, DayMap.from_text(self.anchor_at, self.days_looked, self.days_seen)

    def keep(self, hours: HourMap, days: DayMap) -> None:
        """Put both maps into their columns; saving is up to the caller."""
        self.anchor_at = hours.anchor
        self.looked, self.seen = hours.to_text()
        if hours.anchor is not None:
            days = days.moved(utc_day(hours.anchor))
        self.days_looked, self.days_seen = days.to_text()
