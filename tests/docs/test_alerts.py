"""Dashboard and alert rules name figures that /metrics has, and runbooks that are there.

Whether Prometheus takes the rules, and whether they fire when they should, is asked of promtool by
`make alerts`: it is no part of what the suite needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.test import Client

from coolset_admin.env import BASE_DIR
from tests.docs.pages import anchors, text
from tests.factories import make_token

FOLDER = BASE_DIR / "docs" / "operations"
_NAME = re.compile(r"\b(?:coolset|django)_[a-z_]+\b")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


@pytest.fixture
def known(client: Client, db: None, settings: Any) -> dict[str, set[str]]:
    """Every metric of /metrics with the labels that it may carry."""
    settings.METRICS_COMPANIES = 5
    make_token(owner_email="")
    shown = client.get("/metrics").content.decode()
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(\w+)(?:\{([^}]*)\})? ", shown, re.M):
        found.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    for name in re.findall(r"^# TYPE (\w+) ", shown, re.M):  # those without a sample yet
        found.setdefault(name, set())
    return found


def test_every_metric_that_is_named_exists(known: dict[str, set[str]]) -> None:
    named = {name for each in expressions() for name in _NAME.findall(each)}
    assert len(named) > 25
    assert named <= set(known), named - set(known)


def test_every_label_that_is_asked_for_is_one_of_ours(known: dict[str, set[str]]) -> None:
    ours = {"work", "state", "flag", "standing", "result", "outcome", "task", "end", "kind", "key",
            "company"}  # fmt: skip
    for each in expressions():
        for name, labels in re.findall(r"(coolset_\w+)\{([^}]*)\}", each):
            asked = set(re.findall(r"(\w+)=", labels))
            assert asked <= ours
            assert asked <= known[name] or not known[name], each


def test_every_figure_of_ours_is_on_the_dashboard_or_in_a_rule(known: dict[str, set[str]]) -> None:
    named = {name for each in expressions() for name in _NAME.findall(each)}
    ours = {name for name in known if name.startswith("coolset_")}
    unused = {name for name in ours - named if not name.endswith("_created")}
    assert unused <= {
        "coolset_company_tokens_by_state", "coolset_incident_begun_timestamp_seconds",
        "coolset_reminders_unplanned",
    }  # fmt: skip


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_says_how_urgent_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert page == "docs/operations.md"
    assert anchor in anchors(text(page))


def test_names_of_rules_and_panels_are_unique() -> None:
    for names in ([rule["alert"] for rule in rules()], [panel["title"] for panel in panels()],
                  [panel["id"] for panel in panels()]):  # fmt: skip
        assert len(names) == len(set(names))
