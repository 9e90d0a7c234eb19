"""What readers prefer, for the rules: looked up by address, in one or two queries."""

from collections.abc import Collection

from tokens.models import Account, MailPreference
from tokens.policy.preferences import Preference


def preferences(addresses: Collection[str] | None = None) -> dict[str, Preference]:
    """What these addresses (or all) chose, by address; who chose nothing is not in it."""
    rows = MailPreference.objects.all()
    if addresses is not None:
        rows = rows.filter(email__in=list(addresses))
    chosen = list(rows)
    zones = _zones_of([row.email for row in chosen if not row.time_zone])
    return {row.email: row.preference(zones.get(row.email, "")) for row in chosen}


def _zones_of(addresses: list[str]) -> dict[str, str]:
    if not addresses:
        return {}
    found = Account.objects.filter(email__in=addresses)
    return dict(found.values_list("email", "time_zone"))
