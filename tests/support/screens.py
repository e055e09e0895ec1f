"""The app in a real browser, watched for everything that may not go wrong in it."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from playwright.sync_api import ConsoleMessage, Error, Page, Request
from running import free_port

from ui.launch import command

STREAMLITS_OWN = ("/_stcore/health", "/_stcore/host-config")
READY_SECONDS = 60


def serving(api_url: str, log: Path) -> Iterator[str]:
    """Run the app as `controlplane ui` does, until the caller is done."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CONTROLPLANE_")}
    with log.open("ab") as out:
        process = subprocess.Popen(
            command(port, api_url), env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/_stcore/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the app did not start:\n{log.read_text()}")


class Screen:
    """A page that keeps count of what goes wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.wrong: list[str] = []
        page.on("pageerror", self.failed)
        page.on("console", self.said)
        page.on("request", self.asked)

    def failed(self, error: Error) -> None:
        self.wrong.append(f"page error: {error}")

    def said(self, message: ConsoleMessage) -> None:
        address = str(message.location.get("url", ""))
        if message.type == "error" and not address.endswith(STREAMLITS_OWN):
            self.wrong.append(f"console: {message.text} {address}")

    def asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.wrong.append(f"remote: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        self.page.wait_for_selector("h1.cp, [data-testid=stAlert]")
        return self.page

    def settled(self) -> None:
        """Wait until the app has nothing left to run."""
        self.page.wait_for_selector(
            "[data-testid=stApp][data-test-script-state=notRunning]", timeout=15_000
        )
