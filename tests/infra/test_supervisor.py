"""The supervisor, with children that are small programs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tokens.management.supervisor import Child, Supervisor

LIVES = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "signal.signal(signal.SIGQUIT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)


def _child(code: str, name: str = "child") -> Child:
    return Child(name, (sys.executable, "-c", code), dict(os.environ))


def _until(happens: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith(b"Z")


def test_a_child_that_dies_early_three_times_ends_all() -> None:
    said: list[str] = []
    with Supervisor(say=said.append) as supervisor:
        supervisor.start(_child(LIVES, "web"))
        supervisor.start(_child("raise SystemExit(3)", "worker"))
        pid = supervisor.pids["web"]
        assert supervisor.keep() == 1
    assert not _alive(pid)
    assert said == [
        "worker ended (3); starting it again.",
        "worker ended (3); starting it again.",
        "worker ended 3 times in a row; giving up.",
    ]


def test_why_it_gave_up_stands_in_the_log() -> None:
    """What the child says of itself goes where the supervisor's own words go."""
    child = "import sys; sys.stderr.write('no keyring here\\n'); sys.exit(3)"
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import os\n"
        "from tokens.management.supervisor import Child, Supervisor\n"
        "say = lambda text: sys.stderr.write(text + '\\n')\n"
        "with Supervisor(say=say) as supervisor:\n"
        f"    argv = (sys.executable, '-c', {child!r})\n"
        "    supervisor.start(Child('worker', argv, dict(os.environ)))\n"
        "    sys.exit(supervisor.keep())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("no keyring here") == 3
    assert done.stderr.endswith("worker ended 3 times in a row; giving up.\n")


def test_a_child_that_was_killed_is_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    code = f"open({str(starts)!r}, 'a').write('x'); {LIVES}"
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)

    def look(*_: object) -> None:
        if starts.read_text() == "xx":
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGALRM, look)
    try:
        with Supervisor(say=say) as supervisor:
            supervisor.start(_child(code))
            _until(starts.exists)
            os.kill(supervisor.pids["child"], signal.SIGKILL)
            assert supervisor.keep() == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    assert starts.read_text() == "xx"
    assert said == ["child ended (-9); starting it again."]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all(number: signal.Signals) -> None:
    handler = signal.getsignal(number)
    with Supervisor(say=print) as supervisor:
        supervisor.start(_child(LIVES, "web"))
        supervisor.start(_child(LIVES, "beat"))
        pids = list(supervisor.pids.values())
        os.kill(os.getpid(), number)
        assert supervisor.keep() == 0
        supervisor.start(_child(LIVES, "late"))
        assert "late" not in supervisor.pids
    assert not [pid for pid in pids if _alive(pid)]
    assert signal.getsignal(number) is handler


def test_a_child_that_will_not_go_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.management.supervisor.POLITE_SECONDS", 0.3)
    monkeypatch.setattr("tokens.management.supervisor.RUDE_SECONDS", 0.3)
    with Supervisor(say=print) as supervisor:
        supervisor.start(_child(STUBBORN))
        pid = supervisor.pids["child"]
        time.sleep(0.5)
    assert not _alive(pid)


def test_children_end_when_the_supervisor_is_killed() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "import os\n"
        "from tokens.management.supervisor import Child, Supervisor\n"
        "with Supervisor(say=print) as supervisor:\n"
        f"    supervisor.start(Child('x', (sys.executable, '-c', {LIVES!r}), dict(os.environ)))\n"
        "    print(supervisor.pids['x'], flush=True)\n"
        "    supervisor.keep()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert _alive(pid)
        process.kill()
    _until(lambda: not _alive(pid))


def test_a_childs_environment_is_not_shown() -> None:
    assert "SOME" not in repr(Child("web", ("x",), {"SOME": "secret"}))
