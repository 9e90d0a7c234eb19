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


def test_a_whole_chain_is_noted_for_the_figures_and_a_broken_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tokens.audit import Verification
    from tokens.management.commands import verify_audit
    from tokens.models import Pulse

    broken = Verification(2, ok=False, first_bad=1, reason="the entry was changed")
    with monkeypatch.context() as patch:
        patch.setattr(verify_audit, "verify", lambda _: broken)
        assert verify()[0] == 1
    assert not Pulse.objects.filter(name="audit_verified").exists()
    assert verify()[0] == 0
    assert Pulse.objects.filter(name="audit_verified").exists()


def test_a_database_that_may_only_be_read_is_verified_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sqlite3

    from django.db import OperationalError

    from tokens.management.commands import verify_audit

    def refuse(*_: object, **__: object) -> None:
        cause = sqlite3.OperationalError("attempt to write a readonly database")
        cause.sqlite_errorcode = sqlite3.SQLITE_READONLY
        raise OperationalError("readonly") from cause

    monkeypatch.setattr(verify_audit, "beat", refuse)
    code, _, err = verify()
    assert code == 0
    assert "could not be noted" in err
