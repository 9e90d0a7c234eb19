"""What an error report may show. A token that was just posted is in nearly every frame of it."""

from __future__ import annotations

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class BlindFilter(SafeExceptionReporterFilter):
    """Code and line numbers, and nothing of what was in the variables, also where DEBUG is on.

    Django's own filter does nothing while DEBUG is on, and elsewhere hides what each view names:
    the services and the libraries that a view calls would still show their arguments.
    """

    # Addresses of the database, the broker and the mail server may hold a password.
    hidden_settings = re.compile(
        r"API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|URL|LOCATION|QUERY_STRING", re.I
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Names alone."""
        sent = {} if request is None else request.POST
        return dict.fromkeys(sent, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        """Names alone."""
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()
