"""Whether this process was asked to end: long work looks here now and then.

Celery tells the worker's main process alone, while tasks run in its children. So the word stands in
one byte of memory that a process shares with those that it forks later; nobody can be killed while
holding a lock on it, because there is none.
"""

from __future__ import annotations

import mmap

_byte = mmap.mmap(-1, 1)


def ask_to_stop() -> None:
    """Ask this process, its children and those that they have in common to end their work."""
    _byte[0] = 1


def asked_to_stop() -> bool:
    return _byte[0] == 1


def forget() -> None:
    """Nobody asked: for tests."""
    _byte[0] = 0
