"""One act on many tokens: what would happen to each, then the act, in portions that may be many.

Every act is done under the rules of the same act on one token; whoever cannot follow is passed over
and told of. Each portion is one transaction with its audit entries, one per token: a process that
dies half-way leaves whole portions behind, and doing it again passes over what is done.
"""

from tokens.services.bulk.assign_owner import assign_owner
from tokens.services.bulk.assign_policies import assign_policies
from tokens.services.bulk.facts import Passed, Result
from tokens.services.bulk.previewing import Line, Preview, Selection, preview
from tokens.services.bulk.record_revocations import record_revocations
from tokens.services.bulk.request_checks import request_checks

__all__ = [
    "Line",
    "Passed",
    "Preview",
    "Result",
    "Selection",
    "assign_owner",
    "assign_policies",
    "preview",
    "record_revocations",
    "request_checks",
]
