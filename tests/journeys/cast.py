"""200 tokens of a company group: a dozen that the story is about, and a crowd around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.factories import token_value
from tests.stand_in import StandIn

HEADER = (
    "company,workspace_id,integration,environment,scope,owner_email,created_by_email,"
    "issued_at,token,label,held,where"
)
COMPANIES = ("Acme GmbH", "Acme Textiles", "Acme Polska", "Acme France", "Acme Italia")
FIRST_WORKSPACE = 500
#: Answers that nobody can tell anything from; few of them, and none of the crowd ever worked.
ODD = ("html403", "html200", "redirect", "500", "503", "reset", "truncated", "throttled", "404")


@dataclass(frozen=True)
class Part:
    """One token of the cast: (integration, company) name it, `days` is its age."""

    integration: str
    company: int
    days: int = 20
    mode: str = "valid"
    environment: str = "production"
    owner: str = "portal-team@acme.example"
    held: bool = True
    workspace_id: int | None = None


STARS = (
    Part("Supplier portal", 0, days=100),
    Part("BI warehouse", 1),
    Part("Old ERP sync", 2),
    Part("New ERP sync", 2),
    Part("Customs export", 3),
    Part("Carbon ledger", 3, mode="unauthorized"),
    Part("Weekly report", 3, mode="forbidden"),
    Part("PLM connector", 4, owner=""),
    Part("Archive job", 4, held=False),
    Part("Billing feed", 4),
    Part("Label printer", 1, workspace_id=999),
    Part("Vendor scores", 0, days=83),
)


@dataclass
class Cast:
    """The values by integration (for the stars) and all of them, and the file that holds them."""

    csv: bytes
    by_name: dict[str, str]
    values: list[str] = field(repr=False)


def make_cast(coolset: StandIn, *, count: int = 200, today: date) -> Cast:
    """Make the values, teach them to the stand-in, and write the CSV file."""
    lines, by_name = [HEADER], {}
    parts = [*STARS, *(_extra(number) for number in range(count - len(STARS)))]
    for part in parts:
        value = token_value()
        if part.held:
            by_name[part.integration] = value
            _teach(coolset, part, value)
        issued = today - timedelta(days=part.days)
        lines.append(
            f"{COMPANIES[part.company]},{FIRST_WORKSPACE + part.company},{part.integration},"
            f"{part.environment},read,{part.owner},,{issued.isoformat()},"
            f"{value if part.held else ''},,{'yes' if part.held else 'no'},"
            f"Vault at kv/{part.integration.replace(' ', '-').lower()}"
        )
    return Cast("\n".join(lines).encode(), by_name, list(by_name.values()))


def _extra(number: int) -> Part:
    """One of the crowd. The oldest are not due yet, so that the stars lead the list."""
    return Part(
        f"Feed {number:03}",
        number % len(COMPANIES),
        days=number % 60,
        mode=ODD[number % len(ODD)] if number % 9 == 4 and number < 90 else "valid",
        environment="development" if number % 3 == 0 else "production",
        owner=f"team-{number % 4}@acme.example",
    )


def _teach(coolset: StandIn, part: Part, value: str) -> None:
    workspace = part.workspace_id or FIRST_WORKSPACE + part.company
    options: dict[str, Any] = {"to": "http://127.0.0.1:9/"} if part.mode == "redirect" else {}
    coolset.seed(value, part.mode, config={"workspace_id": workspace}, options=options)
