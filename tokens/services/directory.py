"""Companies, integrations and people that entries name: looked up in bulk, created where absent.

Source: shared/interfaces.md, "Import CSV": companies match by workspace id, else by name.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db import models

from tokens.audit import Event, Trail
from tokens.errors import AlreadyKnown, InvalidInput
from tokens.models import Company, Integration, Person
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.within import integrations_within
from tokens.services.chunks import chunks
from tokens.services.entries import Entry

M = TypeVar("M", bound=models.Model)


class _Rows(Generic[M]):
    """The rows of one table by one unique column, and those that are still to be written."""

    def __init__(self, model: type[M], column: str, event: Event) -> None:
        self.model, self.column, self.event = model, column, event
        self.known: dict[object, M] = {}
        self.asked: set[object] = set()
        self.new: list[M] = []

    def expect(self, keys: Iterable[object]) -> None:
        missing = set(keys) - self.asked
        for portion in chunks(missing):
            rows = self.model._default_manager.filter(**{f"{self.column}__in": portion})
            self.known.update((getattr(row, self.column), row) for row in rows)
        self.asked |= missing

    def stored(self, key: object) -> M | None:
        row = self.known.get(key)
        return None if row is None or row._state.adding else row

    def get(self, key: object, now: datetime) -> M:
        row = self.known.get(key)
        if row is None:
            row = self.known[key] = self.model(**{self.column: key, "created_at": now})
            self.new.append(row)
        return row

    def write(self, trail: Trail, facts: Sequence[str]) -> None:
        self.model._default_manager.bulk_create(self.new)
        for row in self.new:
            trail.add(self.event, row, **{fact: getattr(row, fact) for fact in facts})


class Directory:
    """What a set of entries refers to. `write` stores what is new and audits it.

    Whoever does not reach all companies makes no new ones, and gets into no integration of others.
    """

    def __init__(self, trail: Trail, now: datetime, reach: Reach = EVERYTHING) -> None:
        self._trail, self._now, self._reach = trail, now, reach
        self._own: dict[UUID, bool] = {}  # integrations that were looked at: are they in reach?
        self._companies = _Rows(Company, "name", Event.COMPANY_CREATED)
        self._workspaces = _Rows(Company, "workspace_id", Event.COMPANY_CREATED)
        self._integrations = _Rows(Integration, "name", Event.INTEGRATION_CREATED)
        self._people = _Rows(Person, "email", Event.PERSON_CREATED)
        self.recognised: list[Company] = []  # known companies that gained their workspace id

    def expect(self, entries: Sequence[Entry]) -> None:
        """Look everything up that these entries name, in a handful of queries."""
        self._workspaces.expect(e.workspace_id for e in entries if e.workspace_id is not None)
        self._companies.expect(entry.company_name for entry in entries)
        self._integrations.expect(entry.integration_name for entry in entries)
        self._people.expect(
            mail for e in entries for mail in (e.owner_email, e.created_by_email) if mail
        )

    def pairs(self, entries: Sequence[Entry]) -> set[tuple[UUID, UUID]]:
        """(integration id, company id) of these entries, as far as both are stored."""
        pairs = set()
        for entry in entries:
            integration = self._integrations.stored(entry.integration_name)
            company = self._companies.stored(entry.company_name)
            if integration is not None and company is not None:
                pairs.add((integration.pk, company.pk))
        return pairs

    def company(self, name: str, workspace_id: int | None) -> Company:
        """The company, by workspace id, else by name. Raises AlreadyKnown on a conflict.

        Raises InvalidInput where it is out of reach, in the same words as for one that is not here.
        """
        if not self._reach.whole:
            self._check_reach(name, workspace_id)
        if workspace_id is None:
            return self._companies.get(name, self._now)
        holder = self._workspaces.known.get(workspace_id)
        if holder is not None:
            if holder.name != name:
                raise AlreadyKnown(
                    f"has another name: workspace {workspace_id} is known as {holder.name}",
                    field="company",
                )
            return holder
        company = self._companies.get(name, self._now)
        if company.workspace_id is not None:
            raise AlreadyKnown(
                f"differs: {company.name} is known with workspace {company.workspace_id}",
                field="workspace_id",
            )
        self._recognise(company, workspace_id)
        return company

    def _check_reach(self, name: str, workspace_id: int | None) -> None:
        known = self._companies.known.get(name)
        if known is None or not self._reach.includes(known.pk):
            raise InvalidInput("is no company of yours", field="company")
        holder = self._workspaces.known.get(workspace_id)
        if holder is not None and not self._reach.includes(holder.pk):
            raise AlreadyKnown("belongs to another company", field="workspace_id")

    def integration(self, name: str) -> Integration:
        """The integration of this name, new where there is none. Raises AlreadyKnown where it is
        of companies out of reach alone: names are unique, and that one is not to be got into."""
        found = self._integrations.get(name, self._now)
        if not (self._reach.whole or found._state.adding or self._is_own(found)):
            raise AlreadyKnown(
                "is taken in a company where you may not do this: choose another name,"
                " or ask an administrator",
                field="integration",
            )
        return found

    def _is_own(self, found: Integration) -> bool:
        if found.pk not in self._own:
            self._own[found.pk] = integrations_within(self._reach).filter(pk=found.pk).exists()
        return self._own[found.pk]

    def person(self, email: str) -> Person | None:
        """The person of this (lower-case) address; None for an empty one."""
        return self._people.get(email, self._now) if email else None

    def _recognise(self, company: Company, workspace_id: int) -> None:
        company.workspace_id = workspace_id
        company.proposed_workspace_id = None
        self._workspaces.known[workspace_id] = company
        if not company._state.adding:
            self.recognised.append(company)

    def write(self) -> None:
        """Store new rows and gained ids, with their audit entries."""
        self._companies.write(self._trail, ["workspace_id"])
        self._integrations.write(self._trail, [])
        self._people.write(self._trail, [])
        for company in self.recognised:
            company.save(update_fields=["workspace_id", "proposed_workspace_id"])
            self._trail.add(
                Event.COMPANY_EDITED,
                company,
                fields=["workspace_id"],
                old=[None],
                new=[company.workspace_id],
            )

    @property
    def created(self) -> dict[str, int]:
        """How many rows are new, by kind."""
        return {
            "companies": len(self._companies.new),
            "integrations": len(self._integrations.new),
            "people": len(self._people.new),
        }
