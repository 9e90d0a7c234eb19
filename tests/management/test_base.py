import json
from io import StringIO
from typing import Any

import pytest
from django.core.management.base import CommandParser
from django.db import OperationalError

from tokens.errors import AlreadyKnown, InvalidInput, KeyringError, NotFound, VaultError
from tokens.management import base


class Probe(base.Command):
    """A command that does what the test wants."""

    def __init__(self, act: Any) -> None:
        self.out, self.err = StringIO(), StringIO()
        super().__init__(stdout=self.out, stderr=self.err, no_color=True)
        self._act = act

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=1)

    def run(self, **options: Any) -> int:
        return int(self._act(self, options) or 0)


def run(act: Any, *arguments: str) -> tuple[int, str, str]:
    command = Probe(act)
    try:
        command.run_from_argv(["manage.py", "probe", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0), command.out.getvalue(), command.err.getvalue()
    return 0, command.out.getvalue(), command.err.getvalue()


def raises(error: Exception) -> Any:
    def act(command: Probe, options: Any) -> int:
        raise error

    return act


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connections_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """run_from_argv closes every connection at its end; the suite needs them."""
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)


@pytest.mark.parametrize("code", [0, 1, 2])
def test_what_run_returns_is_the_exit_code(code: int) -> None:
    assert run(lambda command, options: code) == (code, "", "")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InvalidInput("is not a date", field="issued_at"), 2, "issued_at: is not a date\n"),
        (AlreadyKnown("is taken", field="label"), 2, "label: is taken\n"),
        (NotFound("there is no such token"), 2, "there is no such token\n"),
        (KeyringError("TOKEN_KEYS is missing"), 1, "TOKEN_KEYS is missing\n"),
        (VaultError(), 1, "the vault could not process this value\n"),
    ],
)
def test_errors_end_in_words_without_a_traceback(error: Exception, code: int, said: str) -> None:
    assert run(raises(error)) == (code, "", said)


def test_a_database_that_is_behind_says_what_to_run() -> None:
    code, _, said = run(raises(OperationalError("no such column: secret")))
    assert code == 1
    assert "OperationalError" in said
    assert "manage.py migrate" in said
    assert "secret" not in said


def test_other_errors_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(raises(ZeroDivisionError()))


def test_json_is_one_object_on_the_last_line() -> None:
    def act(command: Probe, options: Any) -> int:
        assert "json" not in options
        command.say("a word")
        command.emit({"count": options["count"]}, "counted")
        return 0

    code, out, err = run(act, "--json", "--count", "3")
    assert (code, json.loads(out.splitlines()[-1]), err) == (0, {"count": 3}, "a word\n")
    assert run(act)[1] == "counted\n"


def test_a_refusal_is_json_too() -> None:
    code, out, err = run(raises(InvalidInput("is taken", field="label")), "--json")
    assert (code, json.loads(out)) == (2, {"error": "is taken", "field": "label"})
    assert err == "label: is taken\n"


@pytest.mark.parametrize("wrong", [["--count", "many"], ["--unknown"], ["left over"]])
def test_bad_usage_ends_with_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda command, options: 0, *wrong)[0] == 2
    assert "error:" in capsys.readouterr().err


def test_fail_usage() -> None:
    def act(command: Probe, options: Any) -> None:
        command.fail_usage("give one", field="ID")

    assert run(act) == (2, "", "ID: give one\n")


def test_the_actor_is_the_user_of_the_host() -> None:
    assert Probe(None).actor.kind == "command"


def test_progress_is_silent_away_from_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Probe(None).progress(2, "tokens") as bar:
        bar.update(2)
    assert capsys.readouterr().err == ""
