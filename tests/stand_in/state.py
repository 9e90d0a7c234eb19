"""What the stand-in knows: per token a mode, an allowance and a profile. No values, only hashes."""

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LIMIT = 1000
WINDOW_SECONDS = 3600.0


class Modes:
    """Names of what a token can answer. `throttled` takes `style`, `redirect` takes `to`.
    `held` says nothing until the mode is another one, and answers by that."""

    VALID = "valid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    ALL = frozenset(
        {
            "valid",
            "unauthorized",
            "forbidden",
            "throttled",
            "html401",
            "html403",
            "html200",
            "redirect",
            "407",
            "408",
            "400",
            "404",
            "409",
            "422",
            "500",
            "502",
            "503",
            "504",
            "reset",
            "drip",
            "huge",
            "gzip_bomb",
            "gzip",
            "truncated",
            "empty",
            "slow",
            "held",
            "no_content",
            "no_rate_headers",
            "nonsense_headers",
            "array",
            "duplicate_keys",
            "nan",
            "bad_utf8",
            "deep",
            "detail_missing",
        }
    )


def digest(token: str) -> str:
    """What stands for a value in the state and in the log."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class Known:
    """One token. `options` belong to the mode; `config` is its user-config answer."""

    mode: str = Modes.VALID
    options: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    workspaces: list[dict[str, Any]] = field(default_factory=list)
    latency: float | None = None
    uses: list[float] = field(default_factory=list)


class World:
    """All tokens, the general outage and the log of requests. Methods are safe across threads:
    each changes one attribute or one dictionary entry."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.known: dict[str, Known] = {}
        self.unknown_mode = Modes.UNAUTHORIZED
        #: What a value that nobody seeded may list, where it is taken at all.
        self.unknown_workspaces: list[dict[str, Any]] = []
        self.outage: str | None = None
        self.default_latency = 0.0
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[float, str, str]] = []
        self.keep_log = True

    def seed(self, key: str, mode: str = Modes.VALID, **facts: Any) -> None:
        """Make a token known by its hash. Facts: options, config, workspaces, latency."""
        if mode not in Modes.ALL:
            raise ValueError(f"unknown mode {mode}")
        self.known[key] = Known(mode=mode, **facts)

    def set_mode(self, key: str, mode: str, **options: Any) -> None:
        """Change what a token answers from now on; its allowance goes on counting."""
        if mode not in Modes.ALL:
            raise ValueError(f"unknown mode {mode}")
        entry = self.known.setdefault(key, Known())
        entry.options, entry.mode = options, mode

    def profile(self, key: str, **facts: Any) -> None:
        """Change facts of a token from now on: options, config, workspaces, latency. How it
        answers and its allowance stay."""
        entry = self.known.setdefault(key, Known())
        for name, fact in facts.items():
            setattr(entry, name, fact)

    def set_outage(self, kind: str | None) -> None:
        """`refuse_all`: 401 for every token. `fail_all`: 503 for every token. None: none."""
        if kind not in {None, "refuse_all", "fail_all"}:
            raise ValueError(f"unknown outage {kind}")
        self.outage = kind

    def foreign_use(self, key: str, calls: int) -> None:
        """Somebody else spends `calls` of the token's allowance now."""
        self.known.setdefault(key, Known()).uses.extend([self.clock()] * calls)

    def play_others(self, share: float) -> None:
        """Let somebody else call with that share of the tokens that are said to be busy."""
        for entry in list(self.known.values()):
            if entry.options.get("busy") and random.random() < share:
                entry.uses.extend([self.clock()] * random.randint(1, 20))

    def record(self, key: str, path: str) -> Known | None:
        """Note a request and spend one of the allowance."""
        now = self.clock()
        self.calls[key] += 1
        if self.keep_log:
            self.log.append((now, key, path))
        entry = self.known.get(key)
        if entry is not None:
            uses = entry.uses
            if uses and uses[0] <= now - WINDOW_SECONDS:
                uses[:] = [moment for moment in uses if moment > now - WINDOW_SECONDS]
            uses.append(now)
        return entry

    def save(self, path: Path) -> None:
        """Write the state without uses and log, in one step: a kill leaves the old one."""
        rows = {key: asdict(entry) | {"uses": []} for key, entry in list(self.known.items())}
        state = {
            "known": rows,
            "outage": self.outage,
            "default_latency": self.default_latency,
            "unknown_workspaces": self.unknown_workspaces,
        }
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.replace(path)

    def load(self, path: Path) -> None:
        """Take a saved state over."""
        state = json.loads(path.read_text(encoding="utf-8"))
        self.known = {key: Known(**row) for key, row in state["known"].items()}
        self.outage, self.default_latency = state["outage"], state["default_latency"]
        self.unknown_workspaces = state.get("unknown_workspaces", [])
