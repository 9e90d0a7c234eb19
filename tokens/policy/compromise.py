"""What is left to do after somebody who should not have a value may have it.

Source: issue 3, "Compromised", and shared/coolset-api.md: a revocation in Coolset takes effect at
once and is done by a person, so the order is to replace, to deploy, to revoke, and to have it
proved. Who used the value is looked at last, because the damage goes on until then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Step(StrEnum):
    """The checklist, in its order."""

    ROTATE = "rotate"
    DEPLOY = "deploy"
    REVOKE = "revoke"
    RECORD = "record"
    PROOF = "proof"
    LOOK = "look"


#: Steps that nothing here can see: a person ticks them.
BY_HAND = frozenset({Step.DEPLOY, Step.REVOKE, Step.LOOK})

Standing = Literal["done", "current", "later", "never"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of one compromised value.

    replaced: none of its rows is active any more. deployed: the guided rotations of its rows say
    so. recorded: its revocation is recorded. confirmed: it is proved. provable: it can be, at all.
    """

    replaced: bool
    deployed: bool
    recorded: bool
    confirmed: bool
    provable: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist. `by_itself`: it ticks itself, so nobody can."""

    step: Step
    standing: Standing
    by_itself: bool


def checklist(progress: Progress, ticked: Collection[str]) -> tuple[Item, ...]:
    """Every step with its standing; `current` is the first that is still to do.

    A recorded revocation says that it was revoked in Coolset. What cannot be proved (`never`) does
    not stop the rest.
    """
    seen = {
        Step.ROTATE: progress.replaced,
        Step.DEPLOY: progress.deployed,
        Step.REVOKE: progress.recorded,
        Step.RECORD: progress.recorded,
        Step.PROOF: progress.confirmed,
    }
    items: list[Item] = []
    found_current = False
    for step in Step:
        done = seen.get(step, False) or (step in BY_HAND and step.value in ticked)
        standing: Standing = "done" if done else "later"
        if step is Step.PROOF and not done and not progress.provable:
            standing = "never"
        if standing == "later" and not found_current:
            standing, found_current = "current", True
        items.append(Item(step, standing, seen.get(step, False) or step not in BY_HAND))
    return tuple(items)
