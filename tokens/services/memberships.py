"""Roles in single companies: given, changed and ended. Each counts from the next request on."""

import uuid
from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, NotFound
from tokens.models import Account, Company, Membership
from tokens.policy.vocabulary import CompanyRole
from tokens.services.accounts import named_account


def give_role(
    *, company: Company, email: str, role: CompanyRole, actor: Actor, now: datetime
) -> Membership:
    """Make an account this in a company, whatever it was there before.

    Raises InvalidInput with `email` where no active account has it, or where an admin of another
    company may know its password.
    """
    with audited(actor=actor, now=now) as trail:
        holder = named_account(email)
        if not holder.is_active:
            raise InvalidInput("is the address of a disabled account", field="email")
        if holder.invited_in not in (None, company.pk):
            raise InvalidInput(
                "was invited by an admin of another company: an administrator has to make a new"
                " link for it first, on the page Team",
                field="email",
            )
        known = Membership.objects.select_for_update().filter(account=holder, company=company)
        old = known.values_list("role", flat=True).first()
        if old == role.value:
            return known.get()
        given, _ = Membership.objects.update_or_create(
            account=holder,
            company=company,
            defaults={"role": role.value},
            create_defaults={"role": role.value, "created_at": now, "created_by": actor.name},
        )
        Account.objects.filter(pk=holder.pk).update(has_company_roles=True)
        trail.add(Event.MEMBER_ROLE_GIVEN, company, email=holder.email, old=old or "", new=role)
    return given


def end_role(*, company: Company, account_id: uuid.UUID, actor: Actor, now: datetime) -> Account:
    """End whatever an account is in a company. Raises NotFound where it is nothing there."""
    with audited(actor=actor, now=now) as trail:
        found = (
            Membership.objects.select_for_update(of=("self",))
            .select_related("account")
            .filter(company=company, account=account_id)
            .first()
        )
        if found is None:
            raise NotFound("This account has no role in this company.")
        trail.add(Event.MEMBER_ROLE_ENDED, company, email=found.account.email, old=found.role)
        found.delete()
        others = Membership.objects.filter(account=account_id)
        Account.objects.filter(pk=account_id).update(has_company_roles=others.exists())
    return found.account
