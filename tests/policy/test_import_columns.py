import pytest

from tokens.policy.fields import Invalid
from tokens.policy.import_columns import checked, guess, missing, plain
from tokens.services.csv_table import COLUMNS


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("company", "company"),
        (" Owner E-Mail ", "owner_e_mail"),
        ("API token", "api_token"),
        ("Workspace-ID", "workspace_id"),
        ("Schlüssel", "schlüssel"),
        ("", ""),
        ("...", ""),
    ],
)
def test_headings_are_compared_plainly(heading: str, name: str) -> None:
    assert plain(heading) == name


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (COLUMNS, {column: str(at) for at, column in enumerate(COLUMNS)}),
        (
            ["Customer", "System", "Env", "API key", "Owner", "Created"],
            {
                "company": "0",
                "integration": "1",
                "environment": "2",
                "token": "3",
                "owner_email": "4",
                "issued_at": "5",
            },
        ),
        # an exact name is taken before another column's guess
        (["Workspace", "Company"], {"company": "1"}),
        (["Name", "Label"], {"label": "1"}),
        # the surest of several guesses, and nothing twice
        (["Account", "Customer"], {"company": "1"}),
        (["Owner", "Owner"], {"owner_email": "0"}),
        (["", "what", "ever"], {}),
    ],
)
def test_guesses(headings: list[str], found: dict[str, str]) -> None:
    assert guess(headings) == found


HEADINGS = ["Customer", "System", "API token", "Owner", "Note"]
GOOD = {"company": "0", "integration": "1", "environment": "=production", "scope": "=read"}


def test_what_is_not_placed_is_left_out() -> None:
    assert checked({**GOOD, "token": "", "label": "4"}, HEADINGS) == {**GOOD, "label": "4"}
    assert missing({"company": "0"}) == ["integration", "environment", "scope"]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"company": ""}, "company"),
        ({"company": "5"}, "company"),
        ({"company": "-1"}, "company"),
        ({"company": "²"}, "company"),
        ({"company": "=Acme"}, "company"),
        ({"environment": "=staging"}, "environment"),
        ({"token": "=x"}, "token"),
        ({"label": "1"}, "label"),
        ({"label": "2"}, "label"),  # tokens would be stored in the open
        ({"nonsense": "2"}, "nonsense"),
    ],
)
def test_what_cannot_be_read_names_the_column(changes: dict[str, str], column: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked({**GOOD, **changes}, HEADINGS)
    assert refused.value.field == column
