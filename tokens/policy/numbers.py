"""Which name and numbers a policy may have, and days left as people write them."""

from tokens.policy.fields import Invalid, clean_text
from tokens.policy.settings import Rules

#: Inclusive limits per number: beyond ten years nothing here would mean anything.
LIMITS: dict[str, tuple[int, int]] = {
    "rotate_days": (1, 3650),
    "warn_days": (0, 3650),
    "unused_days": (1, 3650),
    "stale_hours": (1, 8760),
    "overlap_days": (0, 3650),
}
MOST_THRESHOLDS = 12
NAME_LENGTH = 100


def clean_policy_name(text: str) -> str:
    """A required name of up to 100 characters. Raises Invalid naming `name`."""
    return clean_text(text, "name", NAME_LENGTH, required=True)


def parse_thresholds(text: str) -> tuple[int, ...]:
    """Days left from "30, 14, 7, 1, 0" (any order, commas or blanks), the widest first, each once.

    Raises Invalid naming `thresholds` where something else stands there, or nothing.
    """
    words = text.replace(",", " ").split()
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        raise Invalid("thresholds", "must be whole numbers of days, such as 14, 7, 1, 0")
    found = tuple(sorted({int(word[:6]) for word in words}, reverse=True))
    if found[0] > LIMITS["rotate_days"][1]:
        raise Invalid("thresholds", f"must be at most {LIMITS['rotate_days'][1]} days")
    if len(found) > MOST_THRESHOLDS:
        raise Invalid("thresholds", f"must be at most {MOST_THRESHOLDS} numbers")
    return found


def shorter_than_a_rotation(thresholds: tuple[int, ...], rotate_days: int) -> tuple[int, ...]:
    """The thresholds that a fresh token does not reach on its first day."""
    return tuple(each for each in thresholds if each < rotate_days) or (0,)


def check_numbers(numbers: dict[str, int]) -> None:
    """Raises Invalid naming the first number that makes no sense."""
    for name, (lowest, highest) in LIMITS.items():
        if not lowest <= numbers[name] <= highest:
            raise Invalid(name, f"must be {lowest} to {highest}")
    if numbers["warn_days"] > numbers["rotate_days"]:
        raise Invalid("warn_days", "must not exceed the days of a rotation")


def check_thresholds(rules: Rules) -> None:
    """A reminder on the day of the rotation itself would cry wolf. Raises Invalid."""
    if rules.thresholds[0] >= rules.rotate_days and rules.thresholds != (0,):
        raise Invalid("thresholds", f"must be shorter than a rotation of {rules.rotate_days} days")
