"""`python -m ui`: become the app's process."""

import argparse
import os

from ui.launch import command


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ui", description="Serve the app.")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument(
        "--api", default=os.environ.get("CONTROLPLANE_URL", "http://127.0.0.1:8000")
    )
    parser.add_argument("--address", default="127.0.0.1")
    asked = parser.parse_args()
    vector = command(asked.port, asked.api, address=asked.address)
    os.execv(vector[0], vector)  # noqa: S606 - the same interpreter, with options of our own


if __name__ == "__main__":
    main()
