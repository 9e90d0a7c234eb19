"""What a run of benchmarks shares: its scale, a scratch folder, and instances made once."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import places
from benchmarks.places import Place
from benchmarks.processes import step
from benchmarks.scale import Scale


@dataclass(frozen=True, slots=True)
class Instance:
    """A seeded instance; `session` is the session key of an administrator."""

    place: Place
    session: str


@dataclass(slots=True)
class Bench:
    """Leaving `stack` drops every database that was made."""

    scale: Scale
    scratch: Path
    stack: ExitStack
    _made: dict[tuple[str, str], Instance] = field(default_factory=dict)

    def instance(self, database: str, kind: str) -> Instance:
        """The instance of `kind` (sweep, inventory) on `database` (postgres, sqlite), made once."""
        key = (database, kind)
        if key not in self._made:
            self._made[key] = self._make(database, kind)
        return self._made[key]

    def _make(self, database: str, kind: str) -> Instance:
        opened = {"postgres": places.postgres, "sqlite": places.sqlite}[database]
        place = self.stack.enter_context(opened(self.scratch, f"{database}_{kind}"))
        count = self.scale.sweep if kind == "sweep" else self.scale.inventory
        done = step("setup", place.environment(), count, kind)
        say(f"seeded {count:,} tokens on {place.name} in {done['seconds']:.1f} s")
        return Instance(place, done["session"])

    def step(self, name: str, instance: Instance, *arguments: object, **env: str) -> dict[str, Any]:
        """One measurement in a process of this instance."""
        return step(name, instance.place.environment(**env), *arguments)


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {text}\n")
    sys.stderr.flush()
