"""What answers here: tools ask before they go on."""

from importlib.metadata import version
from typing import Any

from controlplane.api.ccompat.asked import Asked


def get_id(_: Asked) -> dict[str, Any]:
    return {
        "id": "",
        "scope": {"path": [], "clusters": {"schema-registry-cluster": "controlplane"}},
    }


def get_version(_: Asked) -> dict[str, str]:
    return {"version": version("controlplane"), "commitId": ""}
