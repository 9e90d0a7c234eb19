"""The base of our views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.views import APIView

from tokens.access import Access
from tokens.api.permissions import Classified
from tokens.policy.roles import Permission


class ApiView(APIView):
    """Signed in and checked here, not by the pages' middleware.

    needs: the permission that each method asks of an account.
    for_keys: the methods open to usage keys, for their integration's tokens alone.
    within: the methods that keep to `reach_of` the caller; roles and keys of single companies get
    in there alone.
    """

    access = Access(before_setup=True, delegated=True)
    needs: ClassVar[Mapping[str, Permission]] = {}
    for_keys: ClassVar[frozenset[str]] = frozenset()
    within: ClassVar[frozenset[str]] = frozenset()
    permission_classes: Any = (Classified,)
