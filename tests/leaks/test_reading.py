"""Files, folders and histories, read for what stands in them; no database."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from coolset_admin.env import BASE_DIR
from tokens.leaks import history
from tokens.leaks.files import LARGEST_BINARY, PIECE, files_in, is_left_out, pieces
from tokens.leaks.scanning import Find, Scanner


def token() -> str:
    return "sk_" + "live_" + "0a1b2c" + secrets.token_hex(9)


def in_stream(data: bytes, scanner: Scanner[str] | None = None) -> list[Find[str]]:
    scanner = scanner or Scanner(None)
    return [
        find
        for number, text in pieces(io.BytesIO(data))
        for find in scanner.look(text, place="file", line=number)
    ]


def test_lines_are_numbered_and_a_find_holds_no_value() -> None:
    value = token()
    (find,) = in_stream(f"one\ntwo\nthree = '{value}'\n".encode())
    assert (find.place, find.line, find.known) == ("file", 3, None)
    assert find.hint == f"sk_live_…{value[-4:]}"
    assert value not in repr(find)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "latin-1", "utf-8-sig"])
def test_every_encoding_is_read(encoding: str) -> None:
    value = token()
    found = in_stream(f"# Schlüssel\r\nkey={value}\r\n".encode(encoding))
    assert [find.hint[-4:] for find in found] == [value[-4:]]


def test_a_value_between_the_pieces_of_one_long_line_is_found_once() -> None:
    value = token()
    for before in (PIECE - 10, PIECE - len(value), PIECE, 3 * PIECE - 1):
        found = in_stream(b"x" * before + b" " + value.encode() + b" " + b"y" * 100)
        assert value[-4:] in {find.hint[-4:] for find in found}
        assert {find.line for find in found} == {1}


def test_strings_in_a_binary_are_words_of_their_own() -> None:
    known = "k3y-of-another-shape"
    found = in_stream(b"\x00abc\x00" + known.encode() + b"\x00def", Scanner({known: "whose"}.get))
    assert [find.known for find in found] == ["whose"]


def test_one_known_value_is_reported_once_per_line() -> None:
    value = token()
    lookup = {value: "whose"}.get
    twice = in_stream(f"{value} {value}\n".encode(), Scanner(lookup))
    assert [find.known for find in twice] == ["whose"]
    lines = in_stream(f"{value}\n{value}\n".encode(), Scanner(lookup))
    assert [find.line for find in lines] == [1, 2]


def test_an_allowed_line_still_tells_what_is_known() -> None:
    value, other = token(), token()
    line = f"key = '{value}'  # pragma: allowlist secret\n".encode()
    assert in_stream(line) == []
    assert len(in_stream(line, Scanner({value: "whose"}.get))) == 1
    assert in_stream(line, Scanner({other: "whose"}.get)) == []


def test_a_name_that_is_a_value_is_masked() -> None:
    value, known = token(), "k3y-of-another-shape"
    scanner = Scanner({known: "whose"}.get)
    assert scanner.masked(f"/x/{value}.txt") == f"/x/sk_live_…{value[-4:]}.txt"
    assert known not in scanner.masked(f"/x/{known}/file")


def test_folders_are_walked_without_links_and_gits_objects(tmp_path: Path) -> None:
    for name in ("b/two", "a", ".git/config", ".git/objects/aa/bb", "objects/kept"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    found = [str(path.relative_to(tmp_path)) for path in files_in([tmp_path, tmp_path / "a"])]
    assert found == ["a", ".git/config", "b/two", "objects/kept"]


def test_large_binaries_alone_are_left_out(tmp_path: Path) -> None:
    small, large, text = tmp_path / "small", tmp_path / "large", tmp_path / "text"
    small.write_bytes(b"\0" * 100)
    large.write_bytes(b"\0" * (LARGEST_BINARY + 1))
    text.write_bytes(b"x\n" * LARGEST_BINARY)
    assert [is_left_out(each) for each in (small, large, text)] == [False, True, False]


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def commit(folder: Path, name: str, text: str, message: str = "change") -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", message)


def scanned(folder: Path) -> list[tuple[str, int]]:
    scanner: Scanner[str] = Scanner(None)
    return [
        (find.place, find.line)
        for line in history.added(history.top_of(folder))
        for find in scanner.look(line.text, place=line.path, line=line.line, commit=line.commit)
    ]


def test_a_history_gives_up_what_was_taken_out_again(repository: Path) -> None:
    value = token()
    commit(repository, "conf/app.ini", "[a]\n\nkey = 1\n")
    commit(repository, "conf/app.ini", f"[a]\n\nkey = {value}\n")
    commit(repository, "conf/app.ini", "[a]\n\nkey = 1\n")
    assert scanned(repository / "conf") == [("conf/app.ini", 3)]
    assert history.count(history.top_of(repository)) == 3


def test_other_branches_messages_and_merges_are_read_too(repository: Path) -> None:
    commit(repository, "a", "one\n")
    git(repository, "checkout", "-q", "-b", "side")
    commit(repository, "b", f"++ {token()}\n", message=f"Use {token()}")
    git(repository, "checkout", "-q", "main")
    commit(repository, "c", "three\n")
    git(repository, "merge", "-q", "--no-commit", "--no-ff", "side")
    (repository / "a").write_text(f"one\n{token()}\n")
    git(repository, "commit", "-q", "-a", "-m", "merged")
    assert {place for place, _ in scanned(repository)} == {"a", "b", history.MESSAGE}
    assert ("a", 2) in scanned(repository)


def test_nothing_that_a_repository_configures_is_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    commit(repository, ".gitattributes", "* diff=evil\n")
    for name in ("diff.evil.command", "diff.evil.textconv", "core.fsmonitor", "core.pager"):
        git(repository, "config", name, f"touch {mark};")
    commit(repository, "a", f"{token()}\n")
    mark.unlink(missing_ok=True)
    assert scanned(repository) == [("a", 1)]
    assert not mark.exists()


def test_no_history_is_said(tmp_path: Path) -> None:
    with pytest.raises(history.NoHistory, match="not in a git repository"):
        history.top_of(tmp_path)


def hook(*names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As pre-commit runs it: another folder, no installation, Python without our packages."""
    path = BASE_DIR / "scripts" / "leaks_hook.py"
    return subprocess.run(
        [sys.executable, "-I", str(path), *names], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], **environment}, cwd="/",
    )  # fmt: skip


def test_the_hook_refuses_and_shows_no_value(tmp_path: Path) -> None:
    value = token()
    bad, good = tmp_path / "bad.py", tmp_path / "good.py"
    bad.write_text(f"\nKEY = '{value}'\n")
    good.write_text("KEY = os.environ['COOLSET_TOKEN']\n")
    assert hook(str(good)).returncode == 0
    done = hook(str(good), str(bad))
    assert done.returncode == 1
    assert f"{bad}:2: sk_live_…{value[-4:]}" in done.stderr
    assert value not in done.stdout + done.stderr
    assert hook(str(tmp_path / "gone")).returncode == 2
    assert hook(str(bad), COOLSET_GOVERNANCE=str(tmp_path / "nowhere")).returncode == 2
