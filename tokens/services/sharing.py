"""One secret, several rows: what its rows have in common and where they differ.

Source: shared/interfaces.md, "One secret, several rows" and the flags `shared` and
`mixed_environments`.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from tokens.models import Secret, Token
from tokens.services.chunks import chunks

Row = tuple[UUID, UUID, str]


def refresh_sharing(secret_ids: Iterable[UUID]) -> None:
    """Set `is_shared` and `mixes_environments` of these secrets from all of their rows."""
    for portion in chunks(list(set(secret_ids))):
        rows: dict[UUID, set[Row]] = defaultdict(set)
        for secret_id, *place in Token.objects.filter(secret_id__in=portion).values_list(
            "secret_id", "integration_id", "company_id", "environment"
        ):
            rows[secret_id].add((place[0], place[1], place[2]))
        verdicts: dict[tuple[bool, bool], list[UUID]] = defaultdict(list)
        for secret_id, places in rows.items():
            verdicts[_verdict(places)].append(secret_id)
        for (shared, mixed), ids in verdicts.items():
            Secret.objects.filter(pk__in=ids).update(is_shared=shared, mixes_environments=mixed)


def _verdict(places: set[Row]) -> tuple[bool, bool]:
    shared = len({(integration, company) for integration, company, _ in places}) > 1
    return shared, len({environment for _, _, environment in places}) > 1
