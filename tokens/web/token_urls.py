"""Addresses of the token pages."""

from django.urls import path

from tokens.policy.bulk import BulkAction
from tokens.web import (
    bulk,
    bulk_bar,
    check,
    compromised,
    exception_new,
    identify,
    import_draft,
    revoke,
    rotate,
    snooze,
    start,
    token_edit,
    token_import,
    token_new,
    token_page,
    token_policy,
    tokens_list,
    usage_import,
)

urlpatterns = [
    path("tokens/", tokens_list.tokens_list, name="tokens"),
    path("tokens/export/", tokens_list.export, name="tokens-export"),
    path("tokens/bulk/", bulk_bar.choose, name="tokens-bulk"),
    path("tokens/bulk/check/", bulk.act(BulkAction.CHECK), name="tokens-bulk-check"),
    path("tokens/bulk/owner/", bulk.act(BulkAction.OWNER), name="tokens-bulk-owner"),
    path("tokens/bulk/policy/", bulk.act(BulkAction.POLICY), name="tokens-bulk-policy"),
    path("tokens/bulk/revocation/", bulk.act(BulkAction.REVOCATION), name="tokens-bulk-revocation"),
    path("tokens/bulk/done/", bulk.done, name="tokens-bulk-done"),
    path("tokens/new/", token_new.token_new, name="token-new"),
    path("tokens/import/", token_import.token_import, name="token-import"),
    path("tokens/import/<uuid:draft_id>/", import_draft.import_draft, name="token-import-draft"),
    path("tokens/import/template.csv", token_import.template, name="token-import-template"),
    path("tokens/<uuid:token_id>/", token_page.token_page, name="token"),
    path("tokens/<uuid:token_id>/check/", check.check, name="token-check"),
    path("tokens/<uuid:token_id>/edit/", token_edit.token_edit, name="token-edit"),
    path("tokens/<uuid:token_id>/rotate/", rotate.rotate, name="token-rotate"),
    path("tokens/<uuid:token_id>/revoke/", revoke.revoke, name="token-revoke"),
    path("tokens/<uuid:token_id>/snooze/", snooze.token_snooze, name="token-snooze"),
    path("tokens/<uuid:token_id>/snooze/end/", snooze.token_snooze_end, name="token-snooze-end"),
    path("tokens/<uuid:token_id>/compromised/", compromised.compromised, name="token-compromised"),
    path("tokens/<uuid:token_id>/policy/", token_policy.token_policy, name="token-policy"),
    path("usage/import/", usage_import.usage_import, name="usage-import"),
    path("usage/import/template.csv", usage_import.template, name="usage-import-template"),
    path("tokens/<uuid:token_id>/exceptions/new/", exception_new.new, name="token-exception-new"),
    path("onboarding/", start.onboarding, name="onboarding"),
    path("identify/", identify.identify, name="identify"),
]
