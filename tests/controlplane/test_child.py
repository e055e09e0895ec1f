"""A child lives as long as who started it, and no longer."""

import sys
from subprocess import Popen
from threading import Event, Timer

import pytest
from structlog.testing import capture_logs

from controlplane import child as module
from controlplane.child import Child

ENDS_WITH_ITS_INPUT = [sys.executable, "-c", "import sys; sys.stdin.read()"]
DIES = [sys.executable, "-c", "raise SystemExit(3)"]


def test_a_child_that_dies_is_started_again():
    again = Event()

    class Watched(Child):
        def _spawn(self) -> "Popen[bytes]":
            if hasattr(self, "process"):
                again.set()
            return super()._spawn()

    with Watched(DIES, name="dies"):
        assert again.wait(20)


@pytest.mark.parametrize(("code", "told"), [(3, ["child_died"]), (0, [])])
def test_only_a_child_that_ends_badly_is_complained_of(code: int, told: list[str]):
    ended = Event()

    class Watched(Child):
        def _spawn(self) -> "Popen[bytes]":
            if hasattr(self, "process"):
                ended.set()
                self._command = ENDS_WITH_ITS_INPUT
            return super()._spawn()

    command = [sys.executable, "-c", f"raise SystemExit({code})"]
    with capture_logs() as logs, Watched(command, name="ends"):
        assert ended.wait(20)
    assert [one["event"] for one in logs] == told


def test_none_is_started_while_it_is_being_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RESTART_SECONDS", 0)
    reached, stop = Event(), Event()
    started: list[Popen[bytes]] = []

    class Slow(Child):
        """Is told to stop at the very moment at which it begins another."""

        def _spawn(self) -> "Popen[bytes]":
            if started:
                reached.set()
                stop.wait(20)
                self._command = ENDS_WITH_ITS_INPUT
            started.append(super()._spawn())
            return started[-1]

    with Slow(DIES, name="slow"):
        assert reached.wait(20)
        Timer(0.2, stop.set).start()  # by then who stops it waits for its start to be over
    assert [one.poll() is not None for one in started] == [True, True]
