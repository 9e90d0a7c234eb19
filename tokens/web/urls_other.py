"""Addresses of the pages beside those of tokens and accounts."""

from django.urls import include, path

from tokens.web import (
    approvals,
    audit_page,
    companies,
    exceptions,
    incident,
    integration_keys,
    integrations,
    members,
    outbox,
    outbox_retry,
    people,
    policies,
    preferences,
    reconcile,
    todo_page,
)

_COMPANY = "companies/<uuid:company_id>/"
_INTEGRATION = "integrations/<uuid:integration_id>/"

urlpatterns = [
    path("", todo_page.to_do, name="todo"),
    path("companies/", companies.companies, name="companies"),
    path(_COMPANY, companies.company, name="company"),
    path(f"{_COMPANY}edit/", companies.edit, name="company-edit"),
    path(f"{_COMPANY}proposal/", companies.accept, name="company-proposal"),
    path(f"{_COMPANY}reconcile/", reconcile.compare, name="company-reconcile"),
    path(f"{_COMPANY}members/", members.members, name="company-members"),
    path(f"{_COMPANY}members/end/", members.end, name="company-member-end"),
    path("integrations/", integrations.integrations, name="integrations"),
    path(_INTEGRATION, integrations.integration, name="integration"),
    path(f"{_INTEGRATION}edit/", integrations.edit, name="integration-edit"),
    path(f"{_INTEGRATION}keys/", integration_keys.create, name="integration-keys"),
    path(
        f"{_INTEGRATION}keys/<uuid:key_id>/revoke/",
        integration_keys.revoke,
        name="integration-key-revoke",
    ),
    path("people/", people.people, name="people"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/preferences/", preferences.of_person, name="person-preferences"),
    path("preferences/", preferences.own, name="preferences"),
    path("outbox/retry/", outbox_retry.retry, name="outbox-retry"),
    path("people/<uuid:person_id>/reassign/", people.hand_over, name="person-reassign"),
    path("audit/", audit_page.audit, name="audit"),
    path("audit/export/", audit_page.export, name="audit-export"),
    path("policies/", policies.policies, name="policies"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>/", approvals.approval, name="approval"),
    path(
        "approvals/<uuid:approval_id>/revocation/",
        approvals.of_revocation,
        name="approval-revocation",
    ),
    path("approvals/<uuid:approval_id>/key/", approvals.of_key, name="approval-key"),
    path("exceptions/", exceptions.exceptions, name="exceptions"),
    path("exceptions/<uuid:exception_id>/", exceptions.exception, name="exception"),
    path("policies/change/", policies.edit, name="policy-edit"),
    path("policies/new/", policies.new, name="policy-new"),
    path("policies/<int:policy_id>/change/", policies.change, name="policy-change"),
    path("policies/<int:policy_id>/remove/", policies.remove, name="policy-remove"),
    path("incidents/", incident.incident_list, name="incidents"),
    path("incidents/<uuid:incident_id>/", incident.incident, name="incident"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<uuid:mail_id>/", outbox.mail, name="outbox-mail"),
    path("", include("tokens.web.evidence_urls")),
    path("", include("tokens.web.consumer_urls")),
]
