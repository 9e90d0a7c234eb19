"""A token in any field of any form, or in any address, is not shown again nor kept in the trail."""

from typing import Any

import pytest

from tests.factories import token_value
from tests.web.conftest import signed_in
from tests.web.test_matrix import address, ids, routes  # noqa: F401 - a fixture
from tokens.models import Account, AuditEvent

pytestmark = pytest.mark.django_db

#: Whatever forms here call a field; one that is another's does nothing.
FIELDS = """
    name label reason by q token code old_password password email where description note url
    source value owner_email second_contact_email until ends_on due_on at number act step make
    address selection ids item policy company integration environment scope credential key back
    action which text role topics at_least flags reviewer decision switched consumer digest zone
    time_zone weekday quiet permissions days thresholds rotate_days workspace_id issued_at lang
""".split()  # noqa: SIM905 - one can read it
#: What makes views go on to their forms.
STEPS: tuple[dict[str, str], ...] = (
    {},
    {"step": "save"},
    {"step": "map"},
    {"act": "approve"},
    {"make": "person"},
)


def test_no_page_says_again_what_looks_like_a_token(
    administrator: Account,
    ids: dict[str, Any],  # noqa: F811 - the fixture
) -> None:
    value, wrong = token_value(), []
    given = dict.fromkeys(FIELDS, value)
    for route in (one for one in routes() if not one.startswith(("api/docs", "accounts/logout"))):
        client, path = signed_in(administrator), address(route, ids)
        answers: list[Any] = [client.post(path, {**given, **step}) for step in STEPS]
        for answer in (*answers, client.get(path, given)):
            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            said = value.encode() in text or value in answer.get("Location", "")
            if said or answer.status_code >= 500:
                wrong.append((route, answer.request["REQUEST_METHOD"], answer.status_code))
    assert wrong == []
    assert value not in repr(list(AuditEvent.objects.values_list()))
