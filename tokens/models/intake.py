"""What is on its way in: an uploaded table, a pasted token. Sealed, for an hour at most.

Neither is bound to a place in the inventory yet, so each is sealed for its own row here; the worker
opens it there and stores what a person confirmed (docs/decisions/0025-intake.md).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.db import models
from django.db.models import Q

from tokens.models.accounts import Account
from tokens.models.base import Identified, only_words, word_field

#: How long a person may take before all of it is deleted.
KEPT = timedelta(hours=1)


class DraftStatus(StrEnum):
    READING = "reading"  # the worker looks at the file, column by column as `mapping` says
    REFUSED = "refused"  # something is wrong: other columns, or another file
    READY = "ready"  # every row is fine; nothing is stored before a person says so
    STORING = "storing"  # they said so: the worker stores all rows, or none
    DONE = "done"


class StartStatus(StrEnum):
    ASKING = "asking"  # the worker asks Coolset
    ANSWERED = "answered"  # it works: companies are offered
    REFUSED = "refused"  # Coolset refuses the value
    SILENT = "silent"  # no answer that says anything
    STORING = "storing"  # the worker stores the token where a person said
    DONE = "done"


class Intake(Identified):
    """What both have in common: whose it is, the sealed bytes, and when the worker is wanted."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    sealed = models.BinaryField(null=True)
    key_id = models.CharField(max_length=64, blank=True, default="")
    #: From when on the worker takes it; null: nothing is asked of it.
    wanted_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    #: What went wrong, in words that are safe to show.
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        abstract = True


class ImportDraft(Intake):
    """An uploaded table on its way through mapping, preview and word.

    `headings` are the names of its columns as far as they may be shown; `mapping` says where each
    of our columns comes from; `found` is the preview, without any value.
    """

    status = word_field(DraftStatus, DraftStatus.READING)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    allow_shared = models.BooleanField(default=False)
    found = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            only_words("status", DraftStatus, "draft_status_known"),
            models.CheckConstraint(
                condition=~Q(status=DraftStatus.DONE.value) | Q(sealed__isnull=True),
                name="draft_keeps_no_file_when_done",
            ),
        ]

    def __str__(self) -> str:
        return f"import of {self.created_at:%Y-%m-%d %H:%M} UTC"


class Start(Intake):
    """A token pasted to begin with: what Coolset says it can see, and where it shall be stored.

    `workspaces` as in coolset.outcomes.WorkspaceEntry; `complete`: that they are all of them.
    `plan` is the token to be, without its value; `token_id` the one that it became.
    """

    status = word_field(StartStatus, StartStatus.ASKING)
    fingerprint = models.BinaryField(max_length=32, null=True)
    hint = models.CharField(max_length=20, blank=True, default="")
    last_outcome = models.CharField(max_length=12, blank=True, default="")
    own_calls = models.JSONField(default=list)
    seen_workspace_id = models.BigIntegerField(null=True)
    account_email = models.CharField(max_length=254, blank=True, default="")
    workspaces = models.JSONField(default=list)
    complete = models.BooleanField(default=False)
    plan = models.JSONField(default=dict)
    token_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            only_words("status", StartStatus, "start_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "refused"]) | Q(sealed__isnull=True),
                name="start_keeps_no_value_when_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"start of {self.created_at:%Y-%m-%d %H:%M} UTC"
