"""
How the app is started: every Streamlit option is given here, none is read from a home folder.

The token is never on the command line, where other users of the machine could read it: the
app takes it from the environment (`CONTROLPLANE_TOKEN`).
"""

import sys
from pathlib import Path

HOME = Path(__file__).parent

OPTIONS = {
    "server.headless": "true",
    "server.enableStaticServing": "true",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.level": "warning",
    "theme.base": str(HOME / "theme.toml"),
}


def command(port: int, api_url: str, *, address: str = "127.0.0.1") -> list[str]:
    """Return the argument vector that serves the app on *port* and reads the API at *api_url*."""
    options = {**OPTIONS, "server.port": str(port), "server.address": address}
    flags = [f"--{name}={value}" for name, value in options.items()]
    app = str(HOME / "app.py")
    return [sys.executable, "-m", "streamlit", "run", app, *flags, "--", "--api", api_url]
