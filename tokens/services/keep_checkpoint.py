"""Once a day: the signed head of the audit trail, as a file outside of the database."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from tokens.audit.checkpoints import Checkpoint, make_checkpoint
from tokens.keys import may_open, private_keyring
from tokens.models import Pulse
from tokens.policy.days import utc_day
from tokens.services.pulse import beat

log = structlog.get_logger(__name__)
PULSE = "checkpoint"


def keep_checkpoint(*, now: datetime) -> Path | None:
    """Write today's checkpoint into CHECKPOINT_DIR; None where it is there or nothing is to say.

    A folder that cannot be written is logged, and tried again at the next call.
    """
    if not may_open():
        return None
    last = Pulse.objects.filter(name=PULSE).first()
    if last is not None and utc_day(last.at) >= utc_day(now):
        return None
    made = make_checkpoint(keyring=private_keyring(), now=now)
    if made is None:
        return None
    folder = Path(settings.CHECKPOINT_DIR)
    try:
        path = write_checkpoint(made, folder / f"checkpoint-{made.number:010d}.json")
    except OSError as error:
        log.error("checkpoint.not_written", problem=type(error).__name__)
        return None
    beat(PULSE, now=now)
    return path


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> Path:
    """Whole or not at all; what stands there already is never replaced (it says the same)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".checkpoint")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(checkpoint.text())
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path
