"""The changelist of tokens: our inventory's columns, related rows joined, four plain filters."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path

from tokens.models import Token


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no generic at run time
    list_display: ClassVar = [
        "integration",
        "company",
        "environment",
        "scope",
        "label",
        "health",
        "issued_at",
        "due_at",
        "last_used_at",
        "owner",
    ]
    list_select_related: ClassVar = ["integration", "company", "owner", "secret"]
    list_filter: ClassVar = ["state", "environment", "scope", "secret__health"]
    search_fields: ClassVar = [
        "integration__name",
        "company__name",
        "owner__email",
        "label",
        "hint",
    ]
    ordering: ClassVar = ["due_at"]
    list_per_page = 100

    def health(self, token: Token) -> str:
        return token.secret.health

    def last_used_at(self, token: Token) -> object:
        return token.secret.last_used_at

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_view_permission = has_change_permission = has_delete_permission = has_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


urlpatterns = [path("admin/", admin.site.urls)]
