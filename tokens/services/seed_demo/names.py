"""Names of the sample data: a group of companies, what it connects to Coolset, who does it."""

from dataclasses import dataclass

#: Of the reserved top-level domain `example`, so that no mail ever reaches anybody.
DOMAIN = "acme.example"

_COMPANIES = (
    "Acme GmbH",
    "Acme Textiles",
    "Acme Polska",
    "Acme France",
    "Acme Italia",
    "Acme Logistics",
    "Acme Nordic",
    "Acme Iberia",
    "Acme Benelux",
    "Acme Schweiz",
    "Acme Footwear",
    "Acme Home",
    "Acme Outdoor",
    "Acme Timber",
    "Acme Coffee",
    "Acme Rubber",
    "Acme Packaging",
    "Acme UK",
    "Acme Türkiye",
    "Acme Česko",
    "Acme Vietnam",
    "Acme Retail",
    "Acme Kids",
    "Acme Sourcing",
)
#: More of them, where many tokens are asked for.
_LINES = ("Textiles", "Footwear", "Home", "Outdoor", "Timber", "Coffee", "Retail", "Sourcing")
_PLACES = (
    "Austria",
    "Belgium",
    "Denmark",
    "Estonia",
    "Finland",
    "Greece",
    "Hungary",
    "Ireland",
    "Latvia",
    "Norway",
    "Portugal",
    "Romania",
    "Slovakia",
    "Slovenia",
    "Spain",
    "Sweden",
)


@dataclass(frozen=True, slots=True)
class Connector:
    """One integration. `reports`: it tells us itself when it used its token."""

    name: str
    team: str
    what: str
    where: str
    reports: bool = False

    @property
    def owner(self) -> str:
        return f"{self.team}@{DOMAIN}"

    @property
    def runbook(self) -> str:
        slug = self.name.lower().replace(" ", "-")
        return f"https://wiki.{DOMAIN}/runbooks/{slug}"


#: Reports, and fell silent: the story of an integration that nobody needs any more.
SILENT = Connector(
    "Weekly report",
    "data-team",
    "Mails a PDF of open supplier requests to regional heads.",
    "Kubernetes secret reporting/coolset, restart the job weekly-report.",
    reports=True,
)
CONNECTORS = (
    Connector(
        "Supplier portal",
        "portal-team",
        "Shows suppliers which answers are missing, and sends theirs on.",
        "AWS Parameter Store /portal/coolset, restart portal-api after a change.",
        reports=True,
    ),
    Connector(
        "BI warehouse",
        "finance-it",
        "Loads footprints and certificates into the warehouse every night.",
        "Azure Key Vault bi-prod, secret coolset-token; the next run reads it.",
    ),
    Connector(
        "Customs export",
        "portal-team",
        "Adds due diligence numbers to customs declarations.",
        "GitLab CI variable COOLSET_TOKEN of customs/export, run the pipeline again.",
    ),
    Connector(
        "Carbon ledger",
        "plm-team",
        "Books product footprints into the group's ledger.",
        "HashiCorp Vault kv/carbon/coolset, restart carbon-worker.",
    ),
    Connector(
        "PLM connector",
        "plm-team",
        "Keeps materials and bills of material in step.",
        "SAP secure store, entry COOLSET, then restart the adapter.",
        reports=True,
    ),
    Connector(
        "Old ERP sync",
        "finance-it",
        "Sends orders of the old ERP system, until it is switched off.",
        "/etc/erp-sync/coolset.env on erp-app-2, restart erp-sync.",
    ),
    Connector(
        "ERP sync",
        "finance-it",
        "Sends orders and suppliers of the new ERP system.",
        "AWS Secrets Manager erp/coolset, restart erp-bridge.",
    ),
    Connector(
        "Sourcing cockpit",
        "sourcing-it",
        "Shows buyers the risk of a supplier before they order.",
        "Kubernetes secret sourcing/coolset, roll out cockpit-api.",
    ),
    Connector(
        "EUDR declarations",
        "compliance",
        "Hands in due diligence statements for timber, coffee and rubber.",
        "Azure Key Vault eudr, secret coolset; restart the function app.",
    ),
    Connector(
        "Certificate archive",
        "compliance",
        "Files certificates before they run out.",
        "Docker secret coolset_token on archive-1, redeploy the stack.",
    ),
    Connector(
        "Store labels",
        "retail-it",
        "Prints origin and footprint on shelf labels.",
        "Google Secret Manager labels-coolset, restart label-service.",
    ),
    Connector(
        "Webshop badges",
        "retail-it",
        "Shows certificates on product pages.",
        "Vercel variable COOLSET_TOKEN of webshop, deploy again.",
    ),
    Connector(
        "Data lake",
        "data-team",
        "Copies everything for the analysts.",
        "Databricks secret scope coolset, the next job reads it.",
    ),
    Connector(
        "Audit exports",
        "internal-audit",
        "Takes a copy for the auditors once a month.",
        "CyberArk safe AUDIT-COOLSET, nothing to restart.",
    ),
)
CREATORS = tuple(
    f"{name}@{DOMAIN}"
    for name in (
        "ines.moreau",
        "jonas.weber",
        "marta.kowalska",
        "luca.bianchi",
        "sofie.lindqvist",
        "tom.vermeer",
        "elif.demir",
        "pavel.novak",
    )
)


def company_name(number: int) -> str:
    """The name of the company with this number, 0 first; no two are the same."""
    if number < len(_COMPANIES):
        return _COMPANIES[number]
    number -= len(_COMPANIES)
    line, place = _LINES[number % len(_LINES)], _PLACES[number // len(_LINES) % len(_PLACES)]
    turn = number // (len(_LINES) * len(_PLACES))
    return f"Acme {line} {place}" + (f" {turn + 1}" if turn else "")
