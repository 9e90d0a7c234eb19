"""A request that writes and then wakes the worker, while there is no broker to wake it by.

`ask` runs inside of an instance, since it signs in as its administrator: the view, the database and
the broker are those of web.
"""

from __future__ import annotations

import json
import sys
import time

from tests.faults.campaign import Campaign


def check_now(c: Campaign, *, within: float) -> None:
    """Somebody asks for a check of the first token: answered in time, and the wish is kept."""
    code, said, problem = c.instance.ask("shell", "-c", "from tests.faults.asked import ask; ask()")
    assert code == 0, problem
    told = json.loads(said.splitlines()[-1])
    assert told["status"] == 302
    assert "worker.not_woken" in problem, "there was a broker, or nobody was to be woken"
    assert told["seconds"] <= within
    kept = "SELECT count(*) FROM tokens_auditevent WHERE kind = 'token.check_requested'"
    assert c.count(kept) == 1
    c.checked.append(f"a check asked for in {told['seconds']:.1f} s, on record")


def ask() -> None:
    """Print the answer's status, and how long it took once the pages were loaded."""
    from coolset_admin import celery  # noqa: F401 - as wsgi.py does: whom a page sends tasks to
    from tests.faults.shown import signed_in
    from tokens.models import Token

    client = signed_in()
    token = Token.objects.order_by("pk").first()
    assert token is not None
    client.get(f"/tokens/{token.pk}/")
    began = time.monotonic()
    answer = client.post(f"/tokens/{token.pk}/check/")
    took = time.monotonic() - began
    sys.stdout.write(json.dumps({"status": answer.status_code, "seconds": took}) + "\n")
