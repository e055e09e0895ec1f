"""The program itself, as its own processes, for tests that use it as a person would."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

READY_SECONDS = 120


class Program:
    """`controlplane serve` on a free port of this machine; killed and started again at will."""

    def __init__(self, data_dir: Path, database_url: str | None) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CONTROLPLANE_")},
            "CONTROLPLANE_DATA_DIR": str(data_dir),
            "CONTROLPLANE_PORT": str(self.port),
            "CONTROLPLANE_URL": self.url,
            "CONTROLPLANE_COMMAND_PATIENCE_SECONDS": "60",  # other tests keep it busy
        }
        if database_url:
            self.environment["CONTROLPLANE_DATABASE_URL"] = database_url
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.data_dir / "out.log").open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "controlplane", "serve"],
                env=self.environment,
                start_new_session=True,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        atexit.register(self._leave_nothing)  # whatever a set-up that failed has left
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if self.http.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready:\n{self.log()}")

    def kill(self) -> None:
        """Kill -9, server and worker at once."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _leave_nothing(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def stop(self) -> int:
        """Ctrl-C; return the exit code."""
        if self._process is None or self._process.poll() is not None:
            return 0
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop:\n{self.log()}") from None

    def cli(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "controlplane", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == expect, f"{arguments}\n{done.stdout}\n{done.stderr}\n{self.log()}"
        return done.stdout

    def log(self) -> str:
        path = self.data_dir / "out.log"
        return path.read_text()[-4000:] if path.exists() else "(nothing was written)"

    def get(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def put_yaml(self, path: str, text: str) -> Any:
        answer = self.http.put(
            path, content=text.encode(), headers={"content-type": "application/yaml"}
        )
        assert answer.status_code in {200, 201}, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: Any, *, expect: int = 200) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def send(self, events: list[dict[str, Any]], **params: Any) -> Any:
        """Post CloudEvents as a batch and wait until the worker has taken them."""
        answer = self.http.post(
            "/v1/events",
            params=params,
            content=httpx.Request("POST", self.url, json=events).read(),
            headers={"content-type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        self.settled()
        return answer.json()

    def settled(self, seconds: float = 120) -> None:
        """Wait until nothing of the log is left to take."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.get("/health/ready")["worker_lag"] == 0:
                return
            time.sleep(0.02)
        raise AssertionError(f"the worker did not catch up:\n{self.log()}")


@contextmanager
def furnished_program(furnished: Path, folder: Path) -> Iterator[Program]:
    """Run the program on a copy of *furnished* in *folder*, which is not there yet."""
    program = Program(shutil.copytree(furnished, folder), None)
    program.start()
    yield program
    program.stop()
    program.http.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
