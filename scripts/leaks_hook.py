#!/usr/bin/env python3
"""Entry of the pre-commit hook for other repositories (.pre-commit-hooks.yaml); Python alone."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tokens.leaks.hook import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
