"""The words around the code, as tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

from coolset_admin.env import BASE_DIR

_FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def documents() -> list[Path]:
    """README and its like, and everything under docs/."""
    return sorted([*BASE_DIR.glob("*.md"), *(BASE_DIR / "docs").rglob("*.md")])


def text(name: str) -> str:
    return (BASE_DIR / name).read_text(encoding="utf-8")


def everything() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in documents())


def anchors(markdown: str) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", markdown, re.M)
    }


def links(markdown: str) -> Iterator[str]:
    """Targets of links and pictures."""
    plain = _FENCE.sub("", markdown)
    yield from re.findall(r"\]\(([^)\s]+)\)", plain)
    yield from re.findall(r'src="([^"]+)"', plain)


def table_after(markdown: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head and rule."""
    after = markdown.split(f"\n{heading}\n", 1)[1]
    rows = re.search(r"^\|.*?(?=\n[^|]|\Z)", after, re.M | re.S)
    assert rows is not None, f"no table under {heading}"
    lines = rows[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
