"""An admin site open to whoever is signed in; the product itself has none."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import SimpleAdminConfig
from django.http import HttpRequest


class SiteConfig(SimpleAdminConfig):
    default_site = "benchmarks.peers.admin_site.Site"


class Site(AdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)
