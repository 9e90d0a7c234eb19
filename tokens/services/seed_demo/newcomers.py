"""What a value that a visitor invents may list, so that "Start from a token" has something to show:
companies that are here, and some that are not."""

from __future__ import annotations

from tokens.services.seed_demo.names import company_name
from tokens.services.seed_demo.shape import Workspace

#: As plan.py numbers the companies' workspaces.
_FIRST, _STEP = 40_120, 37


def newcomers() -> list[Workspace]:
    """Two companies of the sample data, and two that nobody has entered yet."""
    known = [Workspace(company_name(n), _FIRST + _STEP * n) for n in (0, 1)]
    new = [
        Workspace("Willow Foods Ghent", 61_204),
        Workspace("Willow Foods Ghent (trial)", 61_377, type="trial"),
    ]
    return [*known, *new]
