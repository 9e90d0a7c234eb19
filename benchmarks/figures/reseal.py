"""Resealing every token to a new key, against bare HPKE open + seal on one core."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.table import Line, at_least
from coolset_admin.local_keys import new_keyring


def run(bench: Bench) -> Iterator[Line]:
    instance = bench.instance("postgres", "inventory")
    old = (instance.place.folder / "keys" / "token_keys").read_text(encoding="utf-8").strip()
    done = bench.step("reseal", instance, TOKEN_KEYS=f"{new_keyring()},{old}")
    ours, bare = done["resealed"] / done["seconds"], done["bare_per_second"]
    what = f"resealing {done['resealed']:,} tokens"
    yield Line(what, f"{ours:,.0f}/s", f"bare HPKE {bare:,.0f}/s", ours / bare, at_least(0.7))
