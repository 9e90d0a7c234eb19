"""The numbers of the policy, with the product's defaults.

Source of every default: shared/interfaces.md, "Policy defaults" and "Reminders".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """What an administrator may set. Days are UTC days, hours are elapsed hours.

    rotate_days: a token issued on day D is due on day D + rotate_days.
    warn_days: `expiring` from this many days left on; also the term of a token of unknown age.
    unused_days: nothing seen for longer than this makes `unused`.
    stale_hours: no conclusive check for longer than this makes `stale`.
    overlap_days: how long a replaced token may stay in force before `not_revoked`.
    reconcile_days: how often a company's list in Coolset is compared with ours.
    thresholds: days left at which the owner is reminded; weekly reminders follow after the last.
    """

    rotate_days: int = 90
    warn_days: int = 14
    unused_days: int = 30
    stale_hours: int = 48
    overlap_days: int = 7
    reconcile_days: int = 90
    thresholds: tuple[int, ...] = (30, 14, 7, 1, 0)


DEFAULT = Rules()
