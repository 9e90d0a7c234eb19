"""Worker and beat: what is sent, how, and how often."""

from pathlib import Path

import pytest

from coolset_admin.celery import app
from coolset_admin.settings.jobs import broker, cache

NAMES = {
    "tokens.sweep",
    "tokens.remind",
    "tokens.deliver",
    "tokens.heartbeat",
    "tokens.watch",
    "tokens.housekeeping",
    "tokens.channels",
    "tokens.intake",
    "tokens.evidence",
}


def test_beat_starts_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled == NAMES
    assert scheduled <= set(app.tasks)


def test_a_backlog_does_not_pile_up() -> None:
    for entry in app.conf.beat_schedule.values():
        assert 0 < entry["options"]["expires"] <= entry["schedule"]


def test_messages_are_json_and_acknowledged_when_done() -> None:
    assert app.conf.task_serializer == "json"
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.task_ignore_result


def test_redis_cannot_hang_a_request(tmp_path: Path) -> None:
    url, options = broker("redis://127.0.0.1/0", tmp_path)
    assert url == "redis://127.0.0.1/0"
    assert options["socket_timeout"] <= 5
    assert options["socket_connect_timeout"] <= 5
    assert options["visibility_timeout"] <= 300
    assert cache(url)["default"]["OPTIONS"]["socket_timeout"] <= 5


def test_without_redis_files_and_the_database_do(tmp_path: Path) -> None:
    url, options = broker("", tmp_path)
    assert url == "filesystem://"
    assert options["data_folder_in"] == options["data_folder_out"]
    assert str(tmp_path) in options["data_folder_in"]
    assert options["polling_interval"] == pytest.approx(0.05)
    assert cache("")["default"]["BACKEND"].endswith("DatabaseCache")
