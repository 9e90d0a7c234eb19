"""All addresses: pages, API, and what machines ask about the process."""

from django.urls import include, path

from coolset_admin import operations

handler500 = "tokens.web.broken.broken"

urlpatterns = [
    path("healthz/", operations.healthz, name="healthz"),
    path("readyz/", operations.readyz, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
    path("", include("tokens.api.urls")),
    path("", include("tokens.web.urls")),
]
