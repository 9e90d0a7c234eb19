import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from tests.audit.helpers import write
from tokens.audit import head

pytestmark = pytest.mark.django_db


def verify(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_whole_chain() -> None:
    write(3)
    code, out, err = verify("--json")
    assert (code, err) == (0, "")
    assert json.loads(out.splitlines()[-1]) == {"entries": 3, "ok": True, "first_bad": None}


def test_words_for_people_carry_the_head() -> None:
    write(3)
    top = head()
    assert top is not None
    assert verify() == (
        0,
        f"3 entries, all as they were written. The chain ends in {top[1]}.\n",
        "",
    )


def test_tampering_ends_with_1_and_names_the_missing_guards(audit_triggers_dropped: None) -> None:
    write(3)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tokens_auditevent WHERE id = 2")
    code, out, err = verify("--json")
    assert code == 1
    assert json.loads(out.splitlines()[-1]) == {"entries": 2, "ok": False, "first_bad": 2}
    assert "audit_head_only_up" in err
    assert "broken at entry 2: an entry is missing" in verify()[1]


def test_an_empty_trail_is_fine() -> None:
    assert verify()[:2] == (0, "0 entries, all as they were written.\n")
