"""Who is what in one company: for administrators, and for the company's own admins."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.errors import DomainError, NotFound
from tokens.models import Account, Company
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.accounts import add_account
from tokens.services.memberships import end_role, give_role
from tokens.web.access import may, needs
from tokens.web.careful import CarefulForm
from tokens.web.companies import company_or_404
from tokens.web.forms import EMAIL_LENGTH
from tokens.web.team import welcome_link

COMPANY_ROLES = [
    (CompanyRole.VIEWER.value, "Viewer (reads)"),
    (CompanyRole.AUDITOR.value, "Auditor (reads, exports, reviews)"),
    (CompanyRole.OPERATOR.value, "Operator (adds, rotates, revokes)"),
    (CompanyRole.ADMIN.value, "Company admin (all of it, exceptions and members)"),
]


class MemberForm(CarefulForm):
    """Whom, and what they are to be."""

    email = forms.EmailField(max_length=EMAIL_LENGTH, label="E-mail")
    role = forms.ChoiceField(choices=COMPANY_ROLES, initial=CompanyRole.VIEWER.value, label="Role")


@needs(Permission.MEMBERS, within=True)
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List the members; a POST gives a role. Whoever has no account gets one, and a link once."""
    company = company_or_404(company_id)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = _give(request, company, form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            if added is not None:
                return _page(request, company, MemberForm(), link_for=added)
            messages.success(request, f"{form.cleaned_data['email']} has the role from now on.")
            return redirect("company-members", company_id=company.pk)
    return _page(request, company, form)


@needs(Permission.MEMBERS, within=True)
@require_POST
def end(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """End the role of the account that the form names."""
    company = company_or_404(company_id)
    try:
        account_id = UUID(request.POST.get("account", ""))
        ended = end_role(
            company=company,
            account_id=account_id,
            actor=actor_of(request.user),
            now=timezone.now(),
        )
    except (NotFound, ValueError):
        raise Http404("nobody with a role here") from None
    messages.success(request, f"{ended.email} has no role in {company} any more.")
    if ended.pk == request.user.pk:  # who may not see this page any more
        return redirect("/")
    return redirect("company-members", company_id=company.pk)


def _give(request: HttpRequest, company: Company, given: dict[str, str]) -> Account | None:
    """The account that had to be made for it, None where there was one."""
    now, actor = timezone.now(), actor_of(request.user)
    email = Account.objects.normalize(given["email"])
    added = None
    if not Account.objects.filter(email=email).exists():
        added = add_account(
            email=email,
            role=Role.MEMBER,
            invited_in=_shown_in(request, company),
            actor=actor,
            now=now,
        )
    role = CompanyRole(given["role"])
    give_role(company=company, email=email, role=role, actor=actor, now=now)
    return added


def _shown_in(request: HttpRequest, company: Company) -> UUID | None:
    """The company, where no administrator is shown the link, who could make one for anybody."""
    return None if may(request.user, Permission.PEOPLE) else company.pk


def _page(
    request: HttpRequest, company: Company, form: MemberForm, *, link_for: Account | None = None
) -> HttpResponse:
    rows = company.memberships.select_related("account").order_by("account__email")
    context = {
        "company": company,
        "rows": rows,
        "roles": COMPANY_ROLES,
        "form": form,
        "link": welcome_link(link_for) if link_for else "",
        "link_for": link_for,
        "link_days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "now": timezone.now(),
    }
    return render(request, "tokens/members.html", context, status=400 if form.errors else 200)
