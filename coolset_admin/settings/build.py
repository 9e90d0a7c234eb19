"""Collecting static files for the image: keys that stay behind, the storage of production."""

import os

from coolset_admin import env
from coolset_admin.settings.dev import *  # noqa: F403
from coolset_admin.settings.dev import STORAGES

STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STATIC_ROOT = env.BASE_DIR / "staticfiles"

os.umask(0o022)  # the image's user, who is not the one that builds it, reads these files
