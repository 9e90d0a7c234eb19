"""The audit trail's two tables: entries that are only ever added, and the head of their chain.

Names and ids of who and what are copied in, without foreign keys: an entry says what was true then
and outlives what it speaks of. `tokens.audit` is the only writer; the database itself refuses
changes (tokens/audit/triggers.py).
"""

from typing import Any, ClassVar, NoReturn

from django.db import models

#: Longest name that is copied into an entry; the recorder cuts longer ones.
NAME_LENGTH = 320


class AppendOnly(TypeError):
    """Somebody tried to change or remove what may only be added, or to add it past the recorder."""

    def __init__(self) -> None:
        super().__init__("the audit trail is written by tokens.audit alone, and never changed")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads as usual; every write is refused with AppendOnly."""

    def create(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class AppendOnlyModel(models.Model):
    """A model whose instances refuse save and delete with AppendOnly."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def save_base(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly


class AuditEvent(AppendOnlyModel):
    """One entry. `id` is its number, counted from 1 without gaps; `hash` seals every column."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=NAME_LENGTH)
    actor_id = models.CharField(max_length=64, blank=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64, blank=True)
    subject_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    company_id = models.CharField(max_length=36, blank=True)
    company_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    data = models.TextField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "tokens_auditevent"
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = (
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["kind", "-id"], name="audit_kind"),
            models.Index(fields=["subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["company_id", "-id"], name="audit_company"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(id__gte=1), name="audit_numbers_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class ChainHead(AppendOnlyModel):
    """The one row that says how far the chain goes: number and hash of its last entry."""

    id = models.SmallIntegerField(primary_key=True)
    number = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "tokens_chainhead"
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="chain_head_is_one_row"),
            models.CheckConstraint(condition=models.Q(number__gte=0), name="chain_head_counts_up"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"
