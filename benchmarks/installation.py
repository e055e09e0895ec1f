"""Installations to measure on: the shipped pack is installed once, each run works on a copy."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

PACK = "professional-services"
READY_SECONDS = 60.0


class Installation:
    """A folder with the embedded databases and the pack in force; `copy` gives a fresh one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._origin = folder / "origin"
        self._copies = 0

    def copy(self) -> Path:
        self._copies += 1
        made = self._folder / str(self._copies)
        shutil.copytree(self._origin, made)
        return made


@contextmanager
def installed() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="controlplane-bench-") as folder:
        made = Installation(Path(folder))
        origin = Path(folder) / "origin"
        with serving(origin) as url:
            command = [sys.executable, "-m", "controlplane", "pack", "install", PACK, "--url", url]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ourselves
        yield made


@contextmanager
def serving(data_dir: Path, *arguments: str, database_url: str | None = None) -> Iterator[str]:
    """Run `controlplane serve` on *data_dir*, or the PostgreSQL given, and yield its address."""
    environment = {"CONTROLPLANE_DATA_DIR": str(data_dir), "CONTROLPLANE_LOG_LEVEL": "error"}
    if database_url:
        environment["CONTROLPLANE_DATABASE_URL"] = database_url
    module = ("controlplane", "serve", *arguments)
    with process(*module, environment=environment, ready="/health/ready") as url:
        yield url


@contextmanager
def process(
    module: str, *arguments: str, environment: Mapping[str, str], ready: str
) -> Iterator[str]:
    """Run `python -m` *module* with its port in CONTROLPLANE_PORT until it answers *ready*."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CONTROLPLANE_", "OTEL_"))}
    running = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
        [sys.executable, "-m", module, *arguments],
        env={**kept, **environment, "CONTROLPLANE_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(running, url + ready)
        yield url
    finally:
        running.terminate()
        running.wait(timeout=60)


def _await(running: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
