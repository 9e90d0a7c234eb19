"""How long checks took, as the product noted it."""

from __future__ import annotations

import json

from tests.faults.campaign import Campaign


def latest_milliseconds(c: Campaign) -> list[float]:
    """Of each token's last check."""
    found = c.rows(
        "SELECT latencies FROM tokens_check k WHERE last_at = "
        "(SELECT max(last_at) FROM tokens_check o WHERE o.secret_id = k.secret_id)"
    )
    lists = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in found]
    return [float(each[-1]) for each in lists if each] or [0.0]
