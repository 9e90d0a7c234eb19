"""Where a rotation stands, in steps. All of it comes from its row, so it can be resumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.models import OPEN_ROTATION, Revocation, Rotation, RotationStatus, Token
from tokens.policy.vocabulary import Proof, State
from tokens.web.token_use import watched
from tokens.web.words import OUTCOME_WORDS

STEPS = ("generate", "place", "paste", "deploy", "watch", "revoke", "proof")

#: Why a value was refused, and what to do about it.
REFUSALS = {
    "unauthorized": (
        "Coolset refuses this value.",
        "It may have been copied in part, or revoked already. Copy it again, or generate another.",
    ),
    "other_company": (
        "This value belongs to another company.",
        "In Coolset, switch to the company named in step 1 and generate the token there.",
    ),
    "already_known": (
        "This value, or its place, was taken in the meantime.",
        "Look whether somebody stored it by hand; if not, generate another token.",
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """`state` is done, current or later."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Guide:
    """What the page shows. `watch` counts hours since the change: looked at, in use, in all."""

    steps: dict[str, Step]
    status: str
    probing: bool
    refusal: tuple[str, str] | None
    answer: str
    replacement: Token | None
    lacks_permission: bool
    watch: tuple[int, int, int]
    watch_since: datetime | None
    proof: str

    @property
    def pasting(self) -> bool:
        """Whether a value may be pasted now."""
        return self.replacement is None


def guide(token: Token, rotation: Rotation | None, now: datetime) -> Guide:
    """The state of `rotation`, the latest of `token`, or of one not begun yet."""
    status = rotation.status if rotation else ""
    done = rotation is not None and status == RotationStatus.DONE.value
    replacement = Token.objects.filter(replaces=token).first() if done else None
    revocation = getattr(token.secret, "revocation", None)
    since = (rotation.deployed_at if rotation else None) or token.replaced_at
    return Guide(
        steps=_steps(token, rotation, revocation),
        status=status,
        probing=rotation is not None and _asking(rotation, now),
        refusal=_refusal(rotation),
        answer=OUTCOME_WORDS.get(rotation.last_outcome, "") if rotation else "",
        replacement=replacement,
        lacks_permission=rotation is not None and rotation.warning == "insufficient",
        watch=watched(token.secret, since, now) if done and since else (0, 0, 0),
        watch_since=since,
        proof=revocation.proof if revocation else Proof.NONE.value,
    )


def latest(token: Token) -> Rotation | None:
    """The rotation that a page goes on with: never one that was given up."""
    kept = Rotation.objects.filter(token=token).exclude(status=RotationStatus.CANCELLED.value)
    return kept.select_related("created_by").order_by("-started_at").first()


def is_open(rotation: Rotation | None) -> bool:
    return rotation is not None and rotation.status in OPEN_ROTATION


def _asking(rotation: Rotation, now: datetime) -> bool:
    """Whether an answer is on its way, so that waiting for it is worth while."""
    if rotation.status == RotationStatus.PROBING.value:
        return True
    due = rotation.next_check_at is not None and rotation.next_check_at <= now
    return rotation.status == RotationStatus.WAITING.value and due


def _refusal(rotation: Rotation | None) -> tuple[str, str] | None:
    if rotation is None or rotation.status != RotationStatus.REFUSED.value:
        return None
    return REFUSALS.get(rotation.reason, REFUSALS["unauthorized"])


def _steps(
    token: Token, rotation: Rotation | None, revocation: Revocation | None
) -> dict[str, Step]:
    current = _current(token, rotation, revocation)
    return {
        name: Step(name, "done" if at < current else "current" if at == current else "later")
        for at, name in enumerate(STEPS)
    }


def _current(token: Token, rotation: Rotation | None, revocation: Revocation | None) -> int:
    if rotation is None or rotation.status in {
        RotationStatus.STARTED.value,
        RotationStatus.CANCELLED.value,
    }:
        return STEPS.index("generate")
    if rotation.status != RotationStatus.DONE.value:
        return STEPS.index("paste")
    if token.state == State.REVOKED.value:
        confirmed = revocation is not None and revocation.proof == Proof.CONFIRMED.value
        return len(STEPS) if confirmed else STEPS.index("proof")
    return STEPS.index("deploy" if rotation.deployed_at is None else "watch")
