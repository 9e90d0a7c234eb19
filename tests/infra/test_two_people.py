"""The two-person rule where the host switches it: at start-up, and what `check` says of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pytest_django import Settings

from coolset_admin.env import BASE_DIR
from tests.factories import make_account
from tokens.checks import check_second_person
from tokens.models import Account
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import Role

SHOW = "from django.conf import settings; print(*sorted(settings.TWO_PERSON_RULE))"


def started(rule: str, folder: object) -> subprocess.CompletedProcess[str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {"TWO_PERSON_RULE": rule, "DATA_DIR": str(folder)}
    dev = {"DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev"}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=BASE_DIR, env=keep | given | dev, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_a_wrong_word_keeps_the_product_from_starting(tmp_path: object) -> None:
    done = started("revocation,exceptions", tmp_path)
    assert done.returncode != 0
    assert "TWO_PERSON_RULE may name revocation and keys, nothing else." in done.stderr
    assert started("keys, revocation", tmp_path).stdout.strip() == "keys revocation"
    assert started("", tmp_path).stdout.strip() == ""


@pytest.mark.django_db
def test_a_single_administrator_is_warned_of(settings: Settings) -> None:
    def found() -> list[str]:
        return [str(each.id) for each in check_second_person(databases=["default"])]

    make_account(role=Role.AUDITOR)
    assert found() == []
    settings.TWO_PERSON_RULE = frozenset({Rule.KEYS})
    assert found() == []  # before the set-up nobody asks for anything
    _, two = make_account(), make_account()
    assert found() == []
    Account.objects.filter(pk=two.pk).update(is_active=False)
    assert found() == ["tokens.W001"]
    assert check_second_person() == []
    settings.TWO_PERSON_RULE = frozenset()
    assert found() == []
