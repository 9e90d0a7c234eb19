"""A mail server that cannot, will not or only seems to encrypt: no word of a mail goes in clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.campaign import Campaign
from tests.faults.certificates import authority
from tests.faults.holding import serving
from tests.faults.stripped import WAYS, stripped

pytestmark = [pytest.mark.fault, pytest.mark.quick, pytest.mark.enable_socket]
TOKENS = 6
PASSWORD = "Fault-" + "Pass" + "word"
#: Nothing of these may be said before the line is encrypted.
SECRETS = (
    b"MAIL FROM",
    b"RCPT",
    b"AUTH ",
    b"DATA",
    b"OWNER",
    b"COMPANY",
    PASSWORD.upper().encode(),
)


def test_never_in_plain_text(quiet: Campaign, tmp_path: Path) -> None:
    c = quiet
    c.import_tokens(TOKENS, ages=(83,), owners=2)
    stranger, ours = authority(tmp_path / "stranger"), authority(tmp_path / "ours")
    c.instance.environment["SSL_CERT_FILE"] = ours.file
    for way in WAYS:
        with stripped(way, stranger.issue()) as server:
            _to(c, server.port)
            c.inject(f"STARTTLS {way}")
            assert c.instance.run("send_reminders", expect=1)["failed"] == TOKENS
        assert server.visits > 0
        assert not [each for each in SECRETS if each in bytes(server.heard).upper()]
        ((problem,),) = c.rows("SELECT DISTINCT last_problem FROM tokens_mail")
        assert problem
        c.checked.append(f"{way}: {problem}, {len(server.heard)} bytes in clear")
    c.sink.close()
    with serving(c.sink, tls_context=ours.issue(), require_starttls=True):
        _to(c, c.sink.port, sign_in="")
        assert c.instance.run("send_reminders")["failed"] == 0
    c.checked.append("by a known certificate: all told")
    invariants.reminders_as_expected(c)
    invariants.after_every_fault(c)


def _to(c: Campaign, port: int, sign_in: str = f"fault:{PASSWORD}@") -> None:
    c.instance.environment["EMAIL_URL"] = f"smtp+tls://{sign_in}127.0.0.1:{port}"
