"""What the documents name exists: targets, commands, options, variables, files, columns, flags."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from coolset_admin.env import BASE_DIR
from tests.docs.pages import anchors, documents, everything, links, table_after, text
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Flag
from tokens.services.csv_table import COLUMNS, REQUIRED
from tokens.web.words import FLAG_WORDS

LARGEST_PICTURE = 150_000


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in links(path.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


def test_every_make_target_exists() -> None:
    code = "\n".join(re.findall(r"`[^`\n]+`|^ {4}.*$", everything(), re.M))
    named = set(re.findall(r"\bmake ([a-z]+)\b", code))
    assert {"run", "demo", "test", "check", "setup", "bench"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", text("Makefile"), re.M))


def test_every_command_and_option_exists() -> None:
    found = re.findall(r"manage\.py (?!COMMAND)([a-z_]+)([^\n`|]*)", everything())
    assert len(found) > 8
    for name, rest in found:
        assert name in get_commands(), name
        known = _options(name)
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in known, f"{name} {option}"


def test_the_table_of_commands_is_whole() -> None:
    rows = table_after(text("docs/operations.md"), "## Commands")
    named = [re.findall(r"[a-z_]+", row[0])[0] for row in rows]
    ours = {name for name, app in get_commands().items() if app == "tokens"}
    assert sorted(named) == sorted(ours)
    for name, row in zip(named, rows, strict=True):
        options = set(re.findall(r"--[a-z-]+", " ".join(row)))
        assert options <= _options(name), name


def _options(name: str) -> set[str]:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    return set(_of(parser))


def _of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The options of a parser and of its subcommands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                yield from _of(part)


def test_the_table_of_variables_is_whole() -> None:
    rows = table_after(text("docs/operations.md"), "## Environment")
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row[0])}
    source = "\n".join(path.read_text() for path in (BASE_DIR / "coolset_admin").rglob("*.py"))
    reading = r'env\.(?:text|secret|whole|number|flag|words)\(\s*"([A-Z_]+)"'
    read = set(re.findall(reading, source)) - {"COOLSET_DEMO", "TEST_REDIS_URL"}
    read -= {"TEST_DATABASE_URL"}
    assert read <= named
    for name in named:
        assert name in source, name


def test_secrets_are_called_so() -> None:
    """Those that NAME_FILE works for are marked in the table."""
    source = "\n".join(path.read_text() for path in (BASE_DIR / "coolset_admin").rglob("*.py"))
    secret = set(re.findall(r'env\.secret\("([A-Z_]+)"', source)) - {"TEST_REDIS_URL"}
    secret -= {"TEST_DATABASE_URL"}
    rows = table_after(text("docs/operations.md"), "## Environment")
    marked = {re.findall(r"[A-Z_]+", row[0])[0] for row in rows if "(secret" in row[1]}
    assert marked == secret


def test_the_columns_of_the_import_are_those_of_the_code() -> None:
    rows = table_after(text("docs/guide.md"), "## Put tokens in")
    assert sorted(row[0].strip("`") for row in rows) == sorted(COLUMNS)
    optional = {row[0].strip("`") for row in rows if row[1].startswith("optional")}
    assert optional == set(COLUMNS) - set(REQUIRED)


def test_the_table_of_flags_is_whole_and_speaks_as_the_pages_do() -> None:
    rows = table_after(text("docs/guide.md"), "## What each flag means")
    said = {row[0].strip("`"): row[1] for row in rows}
    assert said == {flag.value: FLAG_WORDS[flag.value][0] for flag in Flag}


def test_numbers_are_those_of_the_default_policy() -> None:
    guide = text("docs/guide.md")
    for words in (
        f"day D + {DEFAULT.rotate_days}",
        f"at most {DEFAULT.warn_days} days left",
        f"nothing seen for {DEFAULT.unused_days} days",
        f"no clear answer for {DEFAULT.stale_hours} hours",
        f"replaced more than {DEFAULT.overlap_days} days ago",
    ):
        assert words in guide
    shown = ", ".join(str(days) for days in DEFAULT.thresholds[:-1])
    assert f"at {shown} and {DEFAULT.thresholds[-1]} days left" in guide


def test_every_picture_is_used_and_light() -> None:
    used = {Path(target).name for path in documents() for target in links(path.read_text())}
    for picture in (BASE_DIR / "docs" / "pictures").iterdir():
        assert picture.name in used, picture.name
        assert picture.stat().st_size < LARGEST_PICTURE


def test_every_decision_is_listed() -> None:
    index = text("docs/decisions/README.md")
    for path in (BASE_DIR / "docs" / "decisions").glob("0*.md"):
        title = path.read_text().splitlines()[0].removeprefix("# ")
        assert f"[{title}]({path.name})" in index
        assert title.split(".")[0] == str(int(path.name[:4]))


def test_no_document_holds_a_token() -> None:
    for path in documents():
        assert not re.search(r"sk_(live|test)_\w", path.read_text()), path.name
