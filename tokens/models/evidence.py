"""What auditors ask for: how many tokens kept the policy each day, and reviews of access."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tokens.models.accounts import Account
from tokens.models.base import Identified
from tokens.models.inventory import NAME_LENGTH, Company
from tokens.models.tokens import Token
from tokens.policy.reviews import Answer

REASON_LENGTH = 500


class Snapshot(Identified):
    """The active tokens of one company (null: of all) as they were counted on one UTC day.

    Written once and left as it is. A day without a row is a day on which nobody counted; a company
    without one on a day that has others had no active token.
    """

    day = models.DateField()
    company = models.ForeignKey(
        Company, null=True, on_delete=models.PROTECT, related_name="snapshots"
    )
    active = models.PositiveIntegerField()
    within = models.PositiveIntegerField()
    out_of_policy = models.PositiveIntegerField()
    unknown_age = models.PositiveIntegerField()
    not_held = models.PositiveIntegerField()
    excepted = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "day"], name="snapshot_once_a_day"),
            models.UniqueConstraint(
                fields=["day"], condition=Q(company__isnull=True), name="snapshot_of_all_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(
                    active=F("within")
                    + F("out_of_policy")
                    + F("unknown_age")
                    + F("not_held")
                    + F("excepted")
                ),
                name="snapshot_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"snapshot of {self.day}"


class Review(Identified):
    """One access review: each of the chosen tokens is confirmed or denied by its reviewer.

    `chosen`: the filters that chose them, as names and values of an address. Once closed, `result`
    is the canonical JSON of all of it, `digest` its SHA-256, and the worker signs it.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="reviews_asked")
    chosen = models.JSONField(default=list)
    created_at = models.DateTimeField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=254, blank=True, default="")
    result = models.TextField(blank=True, default="")
    digest = models.CharField(max_length=64, blank=True, default="")
    key_id = models.CharField(max_length=64, blank=True, default="")
    public_key = models.CharField(max_length=44, blank=True, default="")
    signature = models.CharField(max_length=88, blank=True, default="")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["closed_at", "due_on"], name="review_open")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(closed_at__isnull=True) & Q(result="") & Q(digest=""))
                | (Q(closed_at__isnull=False) & ~Q(result="") & ~Q(digest="")),
                name="review_closed_has_a_result",
            ),
            models.CheckConstraint(
                condition=(Q(signed_at__isnull=True) & Q(signature=""))
                | (
                    Q(signed_at__isnull=False, closed_at__isnull=False)
                    & ~Q(signature="")
                    & ~Q(public_key="")
                ),
                name="review_signed_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class ReviewItem(Identified):
    """One token in one review. `facts` is what was shown of it when the review began."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="items")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="review_items")
    place = models.PositiveIntegerField()
    facts = models.JSONField()
    reviewer = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="review_items")
    decision = models.CharField(
        max_length=7,
        blank=True,
        default="",
        choices=[(word.value, word.value) for word in Answer],
    )
    reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["review", "place"], name="review_item_place"),
            models.Index(fields=["reviewer"], condition=Q(decision=""), name="review_item_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["review", "token"], name="review_item_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True)
                | (Q(decision__in=["confirm", "deny"], decided_at__isnull=False)),
                name="review_item_decided_when",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Answer.DENY.value) | ~Q(reason=""),
                name="review_item_denied_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review} {self.place}"
