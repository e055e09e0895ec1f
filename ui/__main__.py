"""`python -m ui --port 8501 --api http://127.0.0.1:8000` serves the app."""

import argparse
import os

from ui.launch import command

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="ui")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--api", default="http://127.0.0.1:8000")
    parser.add_argument("--address", default="127.0.0.1")
    given = parser.parse_args()
    vector = command(given.port, given.api, address=given.address)
    os.execv(vector[0], vector)  # noqa: S606 - our own interpreter and module
