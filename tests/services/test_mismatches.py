"""Does a token belong to the company it is recorded under?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_company, make_token
from tokens.models import Company, Secret, Token
from tokens.services.mismatches import refresh_mismatches, refresh_mismatches_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("recorded", "seen", "listed", "mismatch"),
    [
        (None, 5, [5], False),
        (4, None, None, False),
        (4, 4, [9], True),
        (4, 5, None, True),
        (4, None, [4, 9], False),
        (4, None, [8, 9], True),
        (4, 4, [4], False),
    ],
)
def test_evidence_decides(
    recorded: int | None, seen: int | None, listed: list[int] | None, mismatch: bool
) -> None:
    token = make_token(
        workspace_id=recorded,
        secret={"seen_workspace_id": seen, "listed_workspace_ids": listed},
        row={"company_mismatch": not mismatch},
    )
    refresh_mismatches([token.secret_id])
    assert Token.objects.get().company_mismatch is mismatch


def test_tokens_that_agree_propose_a_workspace() -> None:
    company = make_company()
    tokens = [make_token(company=company, secret={"seen_workspace_id": 7}) for _ in range(2)]
    refresh_mismatches_of(company)
    assert Company.objects.get().proposed_workspace_id == 7
    Secret.objects.filter(pk=tokens[0].secret_id).update(seen_workspace_id=8)
    refresh_mismatches([tokens[0].secret_id])
    assert Company.objects.get().proposed_workspace_id is None


def test_only_changes_are_written() -> None:
    company = make_company(workspace_id=1)
    ids = [
        make_token(company=company, secret={"seen_workspace_id": 1}).secret_id for _ in range(20)
    ]
    with CaptureQueriesContext(connection) as queries:
        refresh_mismatches(ids)
    assert len(queries) == 1
