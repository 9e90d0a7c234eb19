"""The share within policy: what is in its denominator, and what is not.

Source: issue 3, "The share within policy states its denominator": a token of unknown age, one that
is not held, and one with an exception do not count as within policy, nor as out of it.
"""

from dataclasses import dataclass

#: What the numbers of a share mean, in one sentence for pages, report and API.
DENOMINATOR = (
    "Counted are active tokens whose value is held, whose age is known, and which have no exception"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Active tokens, each in exactly one of five groups.

    A token of unknown age that is not held either is counted once, as not held.
    """

    within: int = 0
    out_of_policy: int = 0
    unknown_age: int = 0
    not_held: int = 0
    excepted: int = 0

    @property
    def active(self) -> int:
        return self.counted + self.not_counted

    @property
    def counted(self) -> int:
        """The denominator."""
        return self.within + self.out_of_policy

    @property
    def not_counted(self) -> int:
        return self.unknown_age + self.not_held + self.excepted

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down so that 100 means all; None where nothing is counted."""
        return 100 * self.within // self.counted if self.counted else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.within + other.within,
            self.out_of_policy + other.out_of_policy,
            self.unknown_age + other.unknown_age,
            self.not_held + other.not_held,
            self.excepted + other.excepted,
        )


def left_out(tally: Tally) -> str:
    """Which active tokens the denominator leaves out: "2 of unknown age and 1 not held", or ""."""
    named = (
        (tally.unknown_age, "of unknown age"),
        (tally.not_held, "not held"),
        (tally.excepted, "with an exception"),
    )
    parts = [f"{number} {words}" for number, words in named if number]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def share_sentence(tally: Tally) -> str:
    """The share with its denominator, as pages and the report say it."""
    if not tally.active:
        return "There is no active token."
    rest = left_out(tally)
    one = tally.not_counted == 1
    without = f"; {rest} {'is' if one else 'are'} not counted in" if rest else ""
    if not tally.counted:
        return f"No active token counts{without}."
    noun = "token" if tally.counted == 1 else "tokens"
    return f"{tally.within} of {tally.counted} {noun} keep the policy{without}."
