#!/usr/bin/env python3
"""Ask for known weaknesses of the locked packages (pip-audit), and say when nobody answered.

pip-audit exits 0 when its service knows nothing of a package, so a network without it looks clean.
Exit 0: every package was looked up and none is affected; 1: some are; 2: not all were looked up.
With `--check`, as `make check` asks: what could not be looked up is said and is no failure, since
work has to go on without a network. Before a release it is, so `make audit` asks without it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "run.txt"
CLEAN, AFFECTED, UNKNOWN = 0, 1, 2
#: A service that hangs must not hold up `make check`.
SECONDS = 120


def run(lock: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes",
        "--disable-pip", "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    try:
        return subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        late = f"it did not answer within {SECONDS} seconds"
        return subprocess.CompletedProcess(command, UNKNOWN, stdout="", stderr=late)


def judge(output: str, complaint: str) -> tuple[int, list[str]]:
    """The exit code and what to say, from what pip-audit printed."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
        return UNKNOWN, [f"The service could not be asked: {last}", "Nothing is known."]
    affected = [each for each in packages if each.get("vulns")]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    lines = [
        f"{each['name']} {each['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for each in affected
        for found in each["vulns"]
    ]
    if skipped or not packages:
        lines.append(
            f"{len(skipped)} of {len(packages)} packages could not be looked up: the service was "
            "not reached or does not know them. Of those nothing is known."
        )
    else:
        lines.append(f"{len(packages)} packages looked up, {len(affected)} affected.")
    return (AFFECTED if affected else UNKNOWN if skipped or not packages else CLEAN), lines


def exit_code(found: int, *, checking: bool) -> int:
    """What is affected fails always; what nobody could say, not while checking."""
    return CLEAN if checking and found == UNKNOWN else found


if __name__ == "__main__":
    done = run(LOCK)
    code, said = judge(done.stdout, done.stderr)
    sys.stdout.write("\n".join(said) + "\n")
    raise SystemExit(exit_code(code, checking="--check" in sys.argv[1:]))
