#!/usr/bin/env python3
"""`make client`: pack `coolset-tokens` into one file that any Python from 3.11 on runs.

Only what the command imports goes in, found by importing it in a Python without any packages; the
same source always gives the same bytes.
"""

from __future__ import annotations

import stat
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "dist" / "coolset-tokens"
_SHEBANG = b"#!/usr/bin/env python3\n"
_START = "import sys\n\nfrom tokens.client.main import main\n\nsys.exit(main())\n"
#: The earliest that a zip file can say.
_THEN = (1980, 1, 1, 0, 0, 0)
_IMPORTED = """
import sys
sys.path.insert(0, sys.argv[1])
import tokens.client.main
print(*(each.__file__ for name, each in sorted(sys.modules.items()) if name.startswith("tokens")),
      sep="\\n")
"""


def modules() -> list[Path]:
    """The files of ours that the command needs."""
    done = subprocess.run(  # noqa: S603 - this Python, and words of ours
        [sys.executable, "-I", "-S", "-B", "-c", _IMPORTED, str(ROOT)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [Path(line) for line in done.stdout.splitlines()]


def pack(target: Path) -> None:
    """Write the file, and make it executable."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        stream.write(_SHEBANG)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in modules():
                _add(archive, path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
            _add(archive, "__main__.py", _START)
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name, _THEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, text)


if __name__ == "__main__":
    pack(TARGET)
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size // 1024} kB\n")
