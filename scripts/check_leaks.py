#!/usr/bin/env python3
"""Look for tokens in every file that git tracks here, by shape; part of `make check`.

The same reader as `scan_leaks` and the hook for other repositories. Exit 1 on a find, 2 where it
could not look.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tokens.leaks.hook import TROUBLE, main


def tracked(folder: Path) -> list[str] | None:
    """The files of the working tree that git tracks; None where there is no git or no repository.

    A file that is tracked and deleted is none of the working tree.
    """
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"],  # noqa: S607 - the developer's own git
            cwd=folder,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    if done.returncode:
        return None
    paths = [folder / name.decode("utf-8", "surrogateescape") for name in done.stdout.split(b"\0")]
    return [str(path) for path in paths if path.is_file()]


if __name__ == "__main__":
    names = tracked(Path.cwd())
    if not names:
        sys.stderr.write("git lists no files here: tokens were not looked for.\n")
        raise SystemExit(TROUBLE)
    raise SystemExit(main(names))
