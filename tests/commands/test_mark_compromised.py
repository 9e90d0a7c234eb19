"""mark_compromised from the command line."""

import json
import uuid

import pytest
from django.core import mail
from django.core.management import call_command

from tests.factories import make_token, token_value
from tokens.models import AuditEvent, Compromise

pytestmark = pytest.mark.django_db


def test_it_is_recorded_and_mailed_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    token = make_token(owner_email="owner@acme.example")
    given = ["--reason", "in a chat", "--by", "ada@acme.example", "--json"]
    call_command("mark_compromised", str(token.pk), *given)
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["id"], answer["sent"], answer["failed"]) == (str(token.pk), 1, 0)
    (sent,) = mail.outbox
    assert sent.to == ["owner@acme.example"]
    assert sent.subject.startswith("Compromised, rotate and revoke it now: ")
    assert "by ada@acme.example. Reason: in a chat" in str(sent.body)
    entry = AuditEvent.objects.get(kind="token.compromised")
    assert entry.actor_name.startswith("command line, OS user ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense", "--reason", "x", "--by", "a@acme.example"], "ID: is not the id of a token"),
        ([str(uuid.uuid4()), "--reason", "x", "--by", "a@acme.example"], "ID: is not known"),
        (["TOKEN", "--reason", "x", "--by", "nobody"], "by: "),
        (["TOKEN", "--reason", "VALUE", "--by", "a@acme.example"], "reason: "),
    ],
)
def test_bad_input_ends_with_two(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token, value = make_token(), token_value()
    given = {"TOKEN": str(token.pk), "VALUE": value}
    with pytest.raises(SystemExit) as ended:
        call_command("mark_compromised", *[given.get(word, word) for word in words])
    assert ended.value.code == 2
    out = capsys.readouterr()
    assert said in out.err
    assert value not in out.out + out.err
    assert not Compromise.objects.exists()
