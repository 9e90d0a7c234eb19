"""The bill of materials, the search for tokens in the tree, and the look-up of weaknesses."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from coolset_admin.env import BASE_DIR
from scripts.audit import AFFECTED, CLEAN, UNKNOWN, exit_code, judge
from scripts.check_leaks import tracked
from scripts.sbom import bill, read_lock
from tests.factories import token_value

LOCK = (BASE_DIR / "requirements" / "run.txt").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]


def test_the_bill_lists_the_whole_lock_with_its_hashes() -> None:
    found = bill(read_lock(LOCK), PROJECT)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    components = found["components"]
    assert len(components) == LOCK.count("==") - LOCK.count(" == ")
    digests = [
        each["content"]
        for component in components
        for reference in component["externalReferences"]
        for each in reference["hashes"]
    ]
    assert len(digests) == LOCK.count("--hash=sha256:")
    assert all(f"--hash=sha256:{each}" in LOCK for each in digests)
    django = next(each for each in components if each["name"] == "django")
    assert django["purl"] == django["bom-ref"] == f"pkg:pypi/django@{django['version']}"
    assert f"django=={django['version']} " in LOCK


def test_what_we_ask_for_ourselves_is_told_apart_and_all_there() -> None:
    found = bill(read_lock(LOCK), PROJECT)
    (root,) = found["dependencies"]
    names = {each.removeprefix("pkg:pypi/").split("@")[0] for each in root["dependsOn"]}
    assert {"django", "celery", "psycopg", "drf-spectacular"} <= names
    assert len(names) == len(PROJECT["dependencies"])
    assert "kombu" not in names


def test_the_same_lock_makes_the_same_bill_and_another_another_one() -> None:
    pins = read_lock(LOCK)
    assert bill(pins, PROJECT) == bill(read_lock(LOCK), PROJECT)
    assert bill(pins, PROJECT)["serialNumber"] != bill(pins[1:], PROJECT)["serialNumber"]


def test_a_package_for_some_machines_carries_its_marker() -> None:
    lock = f"a.B_c==1.0+x ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n"
    (component,) = bill(read_lock(lock), PROJECT)["components"]
    assert component["purl"] == "pkg:pypi/a-b-c@1.0%2Bx"
    assert component["properties"][0]["value"] == "sys_platform == 'win32'"


@pytest.mark.parametrize("lock", ["a==1\n", "a>=1\n", f"    --hash=sha256:{'0' * 64}\n"])
def test_a_lock_that_pins_nothing_is_refused(lock: str) -> None:
    with pytest.raises(ValueError, match=r"line|without"):
        read_lock(lock)


def _search(folder: Path) -> subprocess.CompletedProcess[str]:
    script = BASE_DIR / "scripts" / "check_leaks.py"
    command = [sys.executable, str(script)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_token_in_a_tracked_file_fails_the_check_and_is_not_shown(tmp_path: Path) -> None:
    assert _search(tmp_path).returncode == 2  # there is no repository to look at
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    value = token_value()
    (tmp_path / "notes.md").write_text(f"use {value}\n")
    (tmp_path / "clean.md").write_text("nothing\n")
    subprocess.run(["git", "add", "clean.md"], cwd=tmp_path, check=True)
    assert _search(tmp_path).returncode == 0
    subprocess.run(["git", "add", "notes.md"], cwd=tmp_path, check=True)
    found = _search(tmp_path)
    assert found.returncode == 1
    assert "notes.md:1" in found.stderr
    assert value not in found.stdout + found.stderr
    (tmp_path / "notes.md").unlink()
    assert _search(tmp_path).returncode == 0


def test_this_tree_is_looked_at_and_holds_none() -> None:
    names = tracked(BASE_DIR)
    if names is None:
        pytest.skip("not a git repository")
    assert len(names) > 1000
    assert _search(BASE_DIR).returncode == 0


WEAK = {"id": "CVE-1", "fix_versions": ["2"], "aliases": [], "description": ""}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], CLEAN, "1 packages looked up, 0 affected"),
        ([{"name": "a", "version": "1", "vulns": [WEAK]}], AFFECTED, "a 1: CVE-1, mended in 2"),
        ([{"name": "a", "skip_reason": "not found"}], UNKNOWN, "1 of 1 packages could not be"),
        ([], UNKNOWN, "nothing is known"),
    ],
)
def test_nobody_asked_is_not_nothing_found(
    packages: list[dict[str, Any]], code: int, words: str
) -> None:
    found, lines = judge(json.dumps({"dependencies": packages, "fixes": []}), "")
    assert found == code
    assert words in "\n".join(lines)


def test_a_service_that_is_out_of_reach_is_said() -> None:
    found, lines = judge("", "WARNING:x\nERROR: could not connect\n")
    assert (found, lines[0]) == (
        UNKNOWN,
        "The service could not be asked: ERROR: could not connect",
    )


@pytest.mark.parametrize(
    ("found", "checking", "code"),
    [
        (CLEAN, True, 0), (AFFECTED, True, 1), (UNKNOWN, True, 0),
        (CLEAN, False, 0), (AFFECTED, False, 1), (UNKNOWN, False, 2),
    ],
)  # fmt: skip
def test_silence_passes_a_check_and_no_release(found: int, checking: bool, code: int) -> None:
    assert exit_code(found, checking=checking) == code
