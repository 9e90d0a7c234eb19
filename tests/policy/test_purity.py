"""The rules import the standard library alone, and never read the clock."""

import ast
import sys
from pathlib import Path

import pytest

import tokens.policy

MODULES = sorted(Path(tokens.policy.__file__).parent.glob("*.py"))
#: Calls that would make a rule depend on when it runs.
CLOCK = {"now", "utcnow", "today", "time", "monotonic"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_only_the_standard_library(path: Path) -> None:
    foreign = {name for name in imported(path) if not name.startswith("tokens.policy.")}
    assert {name.split(".")[0] for name in foreign} <= sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_clock(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCK
