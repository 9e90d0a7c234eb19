"""An admin site open to whoever is signed in; the product itself has none."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


class SiteConfig(AdminConfig):
    default_site = "benchmarks.peers.admin_site.Site"


class Site(AdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)
