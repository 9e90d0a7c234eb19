"""Arguments, environment, tables and completion: no server needed, and no secret comes out."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.client import pack
from tests.client.conftest import Client
from tests.factories import token_value
from tokens.client.arguments import FIELDS, FILTERS, SORTS, parser
from tokens.client.completion import commands_of, script
from tokens.client.settings import Server
from tokens.client.table import Column, cells, table
from tokens.selectors import filters
from tokens.services.csv_table import COLUMNS

KEY = "ctgk_" + "k" * 43


def test_names_are_those_of_the_product() -> None:
    assert set(FILTERS) | {"q", "sort"} == set(filters.NAMES)
    assert SORTS == filters.SORTS
    assert set(FIELDS) | {"token", "held"} == set(COLUMNS)


@pytest.mark.parametrize("words", [("add",), ("list", "--q"), ("show",), ("revoke", "--reason")])
def test_an_argument_that_holds_a_token_is_refused_unread(
    nowhere: Client, words: tuple[str, ...]
) -> None:
    for secret in (token_value(), KEY):
        done = nowhere.run(*words, secret, "--json")
        assert done.returncode == 2
        assert "have it rotated" in done.stderr
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("add", "VALUE"), ("VALUE",), ("list", "--json=VALUE"), ("completion", "VALUE"),
        ("list", "--VALUE"), ("show", "id", "VALUE"), ("list", "--unknown=VALUE"),
    ],
)  # fmt: skip
def test_bad_usage_never_repeats_what_was_typed(nowhere: Client, words: tuple[str, ...]) -> None:
    secret = "k3y'of\\another.shape\u202e"
    done = nowhere.run(*(word.replace("VALUE", secret) for word in words))
    assert done.returncode == 2
    assert "of\\" not in done.stderr
    assert "another" not in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "", "governance.example.com", "http://governance.example.com", "ftp://127.0.0.1/",
        "https://user:word@governance.example.com", "https://governance.example.com/?a=b",
        "http://127.0.0.1.example.com/", "https://a b/", "http://[::1", "http://localhost@evil/",
    ],
)  # fmt: skip
def test_addresses_to_which_no_key_is_sent(nowhere: Client, url: str) -> None:
    done = nowhere.run("list", COOLSET_TOKENS_URL=url, COOLSET_TOKENS_KEY=KEY)
    assert done.returncode == 2
    assert "COOLSET_TOKENS_URL" in done.stderr
    assert not url or url not in done.stderr


def test_the_key_comes_from_one_place_and_stays_there(nowhere: Client, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    url, path = "http://127.0.0.1:9", str(file)
    good = nowhere.run("list", COOLSET_TOKENS_URL=url, COOLSET_TOKENS_KEY_FILE=path)
    assert good.returncode == 1  # nothing listens there, but the key was taken
    file.write_text(f"{KEY[:-9]}\r\nHost: elsewhere")
    bad: tuple[dict[str, str], ...] = (
        {},
        {"COOLSET_TOKENS_KEY": KEY, "COOLSET_TOKENS_KEY_FILE": path},
        {"COOLSET_TOKENS_KEY_FILE": path},
        {"COOLSET_TOKENS_KEY_FILE": str(tmp_path / "gone")},
        {"COOLSET_TOKENS_KEY": "Bearer something"},
    )
    for environment in bad:
        done = nowhere.run("list", COOLSET_TOKENS_URL=url, **environment)
        assert done.returncode == 2
        assert "COOLSET_TOKENS_KEY" in done.stderr
        assert KEY[:-9] not in done.stderr
    assert KEY not in repr(Server("https://a/", KEY))


def test_the_packed_file_is_one_program_and_always_the_same(program: Path, tmp_path: Path) -> None:
    pack(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == program.read_bytes()
    assert program.stat().st_mode & stat.S_IXUSR
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("usage: coolset-tokens")
    module = [sys.executable, "-m", "tokens.client", "--help"]
    assert subprocess.run(module, capture_output=True, text=True, check=True).stdout == done.stdout


COLUMNS_OF_ONE = (
    Column("name", "Name", 6), Column("more", "More", 0, 1), Column("id", "Id"), Column("x", "X"),
)  # fmt: skip
ROW = {"name": "名前 of great length", "more": "production", "id": "0123456789", "x": "y"}


@pytest.mark.parametrize("width", range(10, 60))
def test_a_table_fits_its_terminal_and_never_cuts_an_id(width: int) -> None:
    drawn = table(COLUMNS_OF_ONE, [ROW], width)
    assert "0123456789" in drawn
    if drawn.startswith("Name  名前 of great length"):  # blocks, where no table fits
        assert width < 6 + 2 + 10 + 2 + 1
    else:
        assert all(cells(line) <= width for line in drawn.splitlines())
        assert len(drawn.splitlines()) == 2


def test_a_pipe_gets_all_of_it() -> None:
    assert ROW["name"] in table(COLUMNS_OF_ONE, [ROW], None)


@pytest.mark.parametrize(
    "word", ["", "li", "list --st", "list --state ", "completion z", "scan /et"]
)
def test_bash_completes(word: str) -> None:
    expected = {
        "": "list", "li": "list", "list --st": "--state", "list --state ": "replaced",
        "completion z": "zsh", "scan /et": "",
    }[word]  # fmt: skip
    words = " ".join(f"'{each}'" for each in ["coolset-tokens", *word.split(" ")])
    lines = f"""{script("bash", parser())}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_coolset_tokens; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, check=True)
    assert expected in done.stdout.split("\n")


def test_every_command_and_option_is_completed_in_every_shell(nowhere: Client) -> None:
    for shell in ("bash", "zsh", "fish"):
        done = nowhere.run("completion", shell)
        assert done.returncode == 0
        for command in commands_of(parser()):
            assert command.name in done.stdout
            for option, _ in command.options:
                assert option.removeprefix("--") in done.stdout
    assert json.loads(nowhere.run("completion", "zsh", "--json").stdout)["shell"] == "zsh"


def test_a_reader_that_has_enough_ends_it_without_a_traceback(nowhere: Client) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = nowhere.command("completion", "bash")
    done = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
        env=nowhere.environment,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_terminal_that_knows_no_such_letter(nowhere: Client) -> None:
    python, *words = nowhere.command("scan", "--offline", "-")
    done = subprocess.run(
        [python, "-X", "utf8=0", *words], input=token_value(), capture_output=True, text=True,
        check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    assert "sk_live_?" in done.stdout
