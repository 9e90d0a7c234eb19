"""Addresses of the token pages."""

from django.urls import path

from tokens.web import (
    check,
    compromised,
    identify,
    revoke,
    rotate,
    token_edit,
    token_import,
    token_new,
    token_page,
    tokens_list,
)

urlpatterns = [
    path("tokens/", tokens_list.tokens_list, name="tokens"),
    path("tokens/export/", tokens_list.export, name="tokens-export"),
    path("tokens/new/", token_new.token_new, name="token-new"),
    path("tokens/import/", token_import.token_import, name="token-import"),
    path("tokens/import/template.csv", token_import.template, name="token-import-template"),
    path("tokens/<uuid:token_id>/", token_page.token_page, name="token"),
    path("tokens/<uuid:token_id>/check/", check.check, name="token-check"),
    path("tokens/<uuid:token_id>/edit/", token_edit.token_edit, name="token-edit"),
    path("tokens/<uuid:token_id>/rotate/", rotate.rotate, name="token-rotate"),
    path("tokens/<uuid:token_id>/revoke/", revoke.revoke, name="token-revoke"),
    path("tokens/<uuid:token_id>/compromised/", compromised.compromised, name="token-compromised"),
    path("identify/", identify.identify, name="identify"),
]
