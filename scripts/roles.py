"""Write the table of roles in docs/guide/roles.md from the rules themselves.

    .venv/bin/python -m scripts.roles

`tests/docs/test_roles.py` fails where the page and the rules differ.
"""

from coolset_admin.env import BASE_DIR
from tokens.policy.roles import ALLOWED, ALLOWED_IN_COMPANY, Permission

PAGE = BASE_DIR / "docs" / "guide" / "roles.md"
BEGIN, END = "<!-- made by scripts/roles.py -->", "<!-- end -->"
WORDS = {
    Permission.OWN: "own account: password, second factor, sign-ins",
    Permission.VIEW: "see tokens, companies, integrations, people, audit trail",
    Permission.EXPORT: "export inventory, history and reports",
    Permission.IDENTIFY: "ask which token a value is",
    Permission.LEAKS: "send finds of leak scanners",
    Permission.REGISTER: "add tokens",
    Permission.ROTATE: "rotate",
    Permission.REVOKE: "record revocations, mark as compromised",
    Permission.EDIT: "edit tokens, owners, consumers; snooze reminders",
    Permission.RECONCILE: "compare with Coolset's list",
    Permission.CHECK: "ask for checks",
    Permission.KEYS: "make and end keys for scripts and integrations",
    Permission.POLICY: "change policies",
    Permission.PEOPLE: "accounts and their roles in the organisation",
    Permission.END_HOLD: "end the hold after an incident of Coolset",
    Permission.EXCEPT: "ask for exceptions, decide about those of others",
    Permission.CHANNELS: "channels, webhooks, calendars of others",
    Permission.REVIEW: "decide in access reviews",
    Permission.ASK_REVIEW: "start and close access reviews",
    Permission.MEMBERS: "roles in a company",
}


def table() -> str:
    """One row per permission, one column per role; the company's roles on the right."""
    organisation = [(role.value, may) for role, may in ALLOWED.items()]
    company = [(role.value.replace("_", " "), may) for role, may in ALLOWED_IN_COMPANY.items()]
    columns = organisation + [(f"{name} of a company", may) for name, may in company]
    head = ["", *(name for name, _ in columns)]
    rows = [
        [WORDS[permission], *("yes" if permission in may else "" for _, may in columns)]
        for permission in Permission
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def written(text: str) -> str:
    """The page with the table in its place."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
