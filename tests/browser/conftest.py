"""A real browser on the real app: nothing may fail in it, nothing may come from outside."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from recorded_api import Records, serve
from screens import Screen, serving

NAMES = ("chromium", "chromium-browser", "google-chrome")
FOUND = next(filter(None, map(shutil.which, NAMES)), "/usr/bin/chromium")
CHROMIUM = Path(os.environ.get("CONTROLPLANE_TEST_CHROMIUM", FOUND))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists() and os.environ.get("CI") != "true":  # in CI they fail
                item.add_marker(pytest.mark.skip(reason=f"{CHROMIUM} is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": str(CHROMIUM), "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}


@pytest.fixture(scope="session")
def recorded() -> Iterator[tuple[Records, str]]:
    records = Records()
    server = serve(records)
    yield records, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def recorded_app(
    recorded: tuple[Records, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    log = tmp_path_factory.mktemp("app") / "out.log"
    yield from serving(recorded[1], log)
    assert "Traceback" not in log.read_text()


@pytest.fixture
def records(recorded: tuple[Records, str]) -> Records:
    """The recorded API as it was at first."""
    recorded[0].start_over()
    return recorded[0]


@pytest.fixture
def screen(page: Page, recorded_app: str, records: Records) -> Iterator[Screen]:
    assert not records.down
    page.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    watched = Screen(page, recorded_app)
    yield watched
    assert watched.wrong == []
    assert page.locator("[data-testid=stException]").count() == 0
