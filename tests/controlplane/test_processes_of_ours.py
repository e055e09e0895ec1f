"""One writer a file; a child that dies is started again, and never outlives its parent."""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from controlplane.child import Child
from controlplane.database import open_databases
from controlplane.ownership import OwnedError, at_work, owning


def test_a_second_writer_of_a_file_is_turned_away(tmp_path: Path):
    with (
        owning(tmp_path / "log.db"),
        pytest.raises(OwnedError, match="written by another process"),
        owning(tmp_path / "log.db"),
    ):
        pass
    with owning(tmp_path / "log.db"):
        pass


def test_a_second_worker_on_postgresql_stands_by(postgresql_url: str, tmp_path: Path):
    databases = open_databases(tmp_path, postgresql_url)
    told_to_stop = Event()
    told_to_stop.set()
    with at_work(databases.state, Event()) as first, at_work(databases.state, told_to_stop) as got:
        assert (first, got) == (True, False)
    with at_work(databases.state, told_to_stop) as got:
        assert got
    databases.close()


def test_a_child_that_dies_is_started_again(tmp_path: Path):
    script = "import os, sys; open(sys.argv[1], 'a').write('born\\n'); sys.stdin.read(1)"
    born = tmp_path / "born"
    command = [sys.executable, "-c", script, str(born)]
    with Child(command, name="test") as child:
        _until(lambda: born.exists() and born.read_text().count("born") == 1)
        child.process.kill()
        _until(lambda: born.read_text().count("born") == 2)
    assert child.process.poll() is not None


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path):
    script = (
        "import sys, time; from controlplane.child import Child\n"
        "with Child([sys.executable, '-c', 'import os, sys; print(os.getpid(), flush=True); "
        'sys.stdin.read(1); open(sys.argv[1], "w").write("ended")\', sys.argv[1]], name="t"):\n'
        "    time.sleep(60)\n"
    )
    ended = tmp_path / "ended"
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(ended)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _until(ended.exists)


def test_a_child_is_nudged_and_told_by_its_end_of_ours(tmp_path: Path):
    told = tmp_path / "told"
    script = (
        "import signal, sys, threading; from controlplane.child import end_with_parent\n"
        "nudged = threading.Event(); end_with_parent(nudged); nudged.wait()\n"
        "open(sys.argv[1], 'w').write('nudged'); signal.pause()"
    )
    command = [sys.executable, "-c", script, str(told)]
    with Child(command, name="nudged") as child:
        for _ in range(100_000):  # more than its input holds while it starts
            child.nudge()
        _until(told.exists)
    assert child.process.returncode == -signal.SIGTERM
    child.nudge()


def _until(holds) -> None:
    patience = Event()
    for _ in range(400):
        if holds():
            return
        patience.wait(0.025)
    raise AssertionError("it did not come to pass")
