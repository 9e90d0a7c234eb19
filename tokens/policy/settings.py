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

    def __post_init__(self) -> None:
        """Raises ValueError for terms below a day and for thresholds in the weekly part."""
        terms = (self.rotate_days, self.unused_days, self.stale_hours, self.reconcile_days)
        if min(terms) < 1 or self.warn_days < 0 or self.overlap_days < 0:
            raise ValueError("the terms of a policy are positive")
        if any(threshold < 0 for threshold in self.thresholds):
            raise ValueError(
                "thresholds are days left; the weekly ones after the due day are fixed"
            )


DEFAULT = Rules()
