"""The public event logs are read where they are; without them, their tests are deselected."""

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("CONTROLPLANE_REFERENCE_DATA"):
        return
    those = [item for item in items if item.get_closest_marker("reference")]
    if those:
        config.hook.pytest_deselected(items=those)
        items[:] = [item for item in items if item not in those]
