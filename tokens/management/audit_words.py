"""What `verify_audit` found, in words and as JSON."""

from typing import Any

from tokens.audit import Verification, head
from tokens.audit.anchors import Anchor
from tokens.audit.checkpoints import Checkpoint
from tokens.errors import KeyringError
from tokens.keys import signing_keys
from tokens.services.archive_audit.join import Joined


def payload_of(
    found: Verification, joined: Joined | None, seen: list[Checkpoint], apart: list[Checkpoint]
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "entries": found.entries,
        "ok": found.ok,
        "first_bad": found.first_bad,
    }
    if seen:
        payload["checkpoints"] = len(seen)
    if apart:
        payload["not_compared"] = [each.number for each in apart]
    if found.after:
        payload["archived"] = found.after
    if joined is not None:
        payload["archive"] = {"first": joined.first, "last": joined.last}
    return payload


def words_of(
    found: Verification,
    gone: Anchor,
    joined: Joined | None,
    seen: list[Checkpoint],
    apart: list[Checkpoint],
) -> str:
    if not found.ok:
        return (
            f"Tampered with: {found.entries} entries, broken at entry {found.first_bad}: "
            f"{found.reason}."
        )
    top = head()
    sealed = f" The chain ends in {top[1]}." if top and found.entries else ""
    compared = len(seen) - len(apart)
    agree = f" It agrees with {compared} checkpoint(s)." if compared else ""
    lines = [f"{found.entries} entries, all as they were written.{sealed}{agree}"]
    if gone.number:
        lines.append(_archived(gone, joined))
    elif joined:
        lines.append(f"Entries {joined.first} to {joined.last} stand in the archive just so.")
    lines += [
        f"Not compared: a checkpoint of entry {each.number}, which is archived. Give --archive."
        for each in apart
    ]
    return "\n".join(lines)


def _archived(gone: Anchor, joined: Joined | None) -> str:
    """Where the walk began, who says so, and whether the archive was looked at."""
    try:
        ours = gone.public_key in signing_keys().values()
    except KeyringError:
        ours = False
    key = "" if ours else f" That is signed by {gone.key_id}, a key that is not in this keyring."
    said = (
        f"Entries 1 to {gone.number} were archived in {gone.file} and removed: entry {gone.entry}."
    )
    if joined is None:
        return f"{said}{key} They were not looked at: --archive does."
    return f"{said}{key} Entries {joined.first} to {joined.last} in the archive join this trail."
