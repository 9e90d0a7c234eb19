"""Correcting a company: its name and its workspace id."""

from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.errors import AlreadyKnown, NotFound, WrongState
from tokens.models import Company
from tokens.policy.register import clean_name, parse_workspace_id
from tokens.services.changes import UNSET, Changes, Unset
from tokens.services.entries import cleaned
from tokens.services.mismatches import refresh_mismatches_of


def edit_company(
    *,
    company: Company,
    actor: Actor,
    now: datetime,
    name: str | Unset = UNSET,
    workspace_id: int | Unset | None = UNSET,
) -> Company:
    """Change what is given; None takes the workspace id away. Tokens are compared anew with it.

    Raises InvalidInput or AlreadyKnown, with `name` or `workspace_id` as the field.
    """
    with audited(actor=actor, now=now) as trail:
        company = _locked(company.pk)
        changes = Changes(company)
        if not isinstance(name, Unset):
            changes.set("name", _free_name(company, name))
        recognised = not isinstance(workspace_id, Unset) and changes.set(
            "workspace_id", _free_id(company, workspace_id)
        )
        changes.save(trail, Event.COMPANY_EDITED)
        if recognised:
            # Of the new workspace nothing is known yet.
            unknown = {"proposed_workspace_id": None, "workspace_type": ""}
            Company.objects.filter(pk=company.pk).update(**unknown)
            refresh_mismatches_of(company)
            company.refresh_from_db()
    return company


def accept_proposal(*, company: Company, proposed: int, actor: Actor, now: datetime) -> Company:
    """Take over the workspace id that Coolset's answers propose, as it was shown to the person.

    Raises WrongState where another one is proposed by now, or none.
    """
    with audited(actor=actor, now=now):
        if _locked(company.pk).proposed_workspace_id != proposed:
            raise WrongState("This workspace id is not proposed any more.")
        return edit_company(company=company, actor=actor, now=now, workspace_id=proposed)


def _locked(pk: UUID) -> Company:
    company = Company.objects.select_for_update().filter(pk=pk).first()
    if company is None:
        raise NotFound("There is no such company.")
    return company


def _free_name(company: Company, name: str) -> str:
    name = cleaned(clean_name, name)
    if Company.objects.filter(name=name).exclude(pk=company.pk).exists():
        raise AlreadyKnown("is the name of another company", field="name")
    return name


def _free_id(company: Company, workspace_id: int | None) -> int | None:
    if workspace_id is None:
        return None
    cleaned(parse_workspace_id, str(workspace_id))
    other = Company.objects.filter(workspace_id=workspace_id).exclude(pk=company.pk).first()
    if other is not None:
        raise AlreadyKnown(f"is the workspace of {other.name}", field="workspace_id")
    return workspace_id
