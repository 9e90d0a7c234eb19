"""Rotation: a guided replacement that a person may leave and come back to.

start → submit a value (sealed at once) → the worker probes it → accepted: the old is replaced.
An answer that says nothing leaves the decision to a person; the old token stays active meanwhile.
"""

from tokens.services.rotation.decide import accept_unanswered, cancel, mark_deployed
from tokens.services.rotation.probe import probe_candidates
from tokens.services.rotation.start import start_rotation
from tokens.services.rotation.submit import submit_value

__all__ = [
    "accept_unanswered",
    "cancel",
    "mark_deployed",
    "probe_candidates",
    "start_rotation",
    "submit_value",
]
