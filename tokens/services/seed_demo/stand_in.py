"""The stand-in's state: what it answers to each sample value, so that it goes on as it was told.

Values stand in it as SHA-256 alone; 96 random bits cannot be guessed from it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo.answers import APART
from tokens.services.seed_demo.newcomers import newcomers
from tokens.services.seed_demo.shape import Sample, Use, Workspace

FILE = "stand_in.json"
#: Sample tokens by id, as the stand-in knows their values; and how to steer it.
VALUES_FILE = "stand_in_values.json"
CONTROL_FILE = "stand_in_control.json"
LATENCY_SECONDS = 0.06
_MODES = {
    Outcome.VALID: "valid",
    Outcome.FORBIDDEN: "forbidden",
    Outcome.UNAUTHORIZED: "unauthorized",
    Outcome.UNUSABLE: "html403",
    Outcome.UNREACHABLE: "504",
}


def write_state(samples: Iterable[Sample], folder: Path, *, now: datetime) -> Path:
    """Write `stand_in.json` for `python -m tests.stand_in --state`, and who is who in it."""
    known: dict[str, Any] = {}
    values: dict[str, str] = {}
    for sample in samples:
        if sample.value is None:
            continue
        digest = hashlib.sha256(sample.value.encode()).hexdigest()
        if sample.is_asked:
            known[digest] = _entry(sample, now)
        if sample.row is not None:
            values[str(sample.row.pk)] = digest
    state = {
        "known": known,
        "outage": None,
        "default_latency": LATENCY_SECONDS,
        "unknown_workspaces": [_workspace(each) for each in newcomers()],
    }
    write_private(folder / VALUES_FILE, values)
    return write_private(folder / FILE, state)


def write_control(folder: Path, *, port: int, token: str) -> Path:
    """Write down how to steer the stand-in of a demo that starts, mode 0600."""
    found = {"url": f"http://127.0.0.1:{port}/_control", "token": token}
    return write_private(folder / CONTROL_FILE, found)


def write_private(path: Path, content: Any) -> Path:
    """Write JSON in one step, for this user alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)
    draft.replace(path)
    return path


def _entry(sample: Sample, now: datetime) -> dict[str, Any]:
    outcome = sample.says(now)
    mode = _MODES[outcome]
    if outcome is Outcome.VALID and sample.use is Use.HIDDEN:
        mode = "no_rate_headers"
    return {
        "mode": mode,
        # Others go on calling with these, if the stand-in is told to play them.
        "options": {"busy": True} if sample.use is Use.BUSY and sample.busy_until is None else {},
        "config": _config(sample),
        "workspaces": [_workspace(each) for each in sample.listed],
    }


def _config(sample: Sample) -> dict[str, Any]:
    user = {"email": sample.created_by} if sample.created_by else {}
    if sample.seen_workspace_id is None:
        return {"user": user}
    return {"workspace_id": sample.seen_workspace_id, "user": user}


def _workspace(company: Workspace) -> dict[str, Any]:
    return {
        "workspace_id": company.workspace_id,
        "workspace_name": company.name,
        "id": company.workspace_id + APART,
        "name": company.name,
        "type": company.type,
    }
