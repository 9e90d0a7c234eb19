"""The walk through ASVS names tests that exist, and its list of what is not met is whole."""

import ast
import re
from functools import cache

from coolset_admin.env import BASE_DIR
from tests.docs.pages import text

PAGE = "docs/asvs.md"
STANDINGS = {"met", "partly", "not met", "not applicable"}
CHAPTERS = (
    "Encoding and Sanitization", "Validation and Business Logic", "Web Frontend Security",
    "API and Web Service", "File Handling", "Authentication", "Session Management",
    "Authorization", "Self-contained Tokens", "OAuth and OIDC", "Cryptography",
    "Secure Communication", "Configuration", "Data Protection",
    "Secure Coding and Architecture", "Security Logging and Error Handling", "WebRTC",
)  # fmt: skip


def rows() -> list[list[str]]:
    """section, asks for, standing, where, shown by."""
    lines = re.findall(r"^\| (\d+\.\d .*)\|$", text(PAGE), re.M)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((BASE_DIR / path).read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_chapter_is_walked_in_order() -> None:
    found = re.findall(r"^## V(\d+) (.+)$", text(PAGE), re.M)
    assert found == [(str(number), name) for number, name in enumerate(CHAPTERS, start=1)]
    assert len(rows()) > 50


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::(\w+)`", text(PAGE))
    assert len(named) > 90
    assert len(named) == text(PAGE).count("::")
    missing = [f"{path}::{name}" for path, name in named if name not in functions_of(path)]
    assert not missing


def test_what_is_met_is_shown_by_a_test_or_is_a_document() -> None:
    for section, _, standing, _, shown, *rest in rows():
        assert not rest
        assert standing in STANDINGS, section
        if standing == "met":
            documented = section.endswith("Documentation") and "](" in shown
            assert "::" in shown or documented, section


def test_the_list_at_the_end_leaves_nothing_out() -> None:
    """Every section that is not wholly met stands there, and none that is."""
    end = text(PAGE).split("\n## What is not met\n", 1)[1]
    listed = {
        number
        for bold in re.findall(r"^- \*\*([\d., ]+)\*\*", end, re.M)
        for number in bold.split(", ")
    }
    wanting = {row[0].split()[0] for row in rows() if row[2] in {"partly", "not met"}}
    assert listed == wanting
