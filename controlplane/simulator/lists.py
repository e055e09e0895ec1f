"""The firm's other systems hand in their lists, and everything is reconciled."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from controlplane.simulator.books import Kept, keep
from controlplane.simulator.chronicle import Chronicle
from controlplane.simulator.emission import EmissionError
from controlplane.simulator.truth import append_truth, read_truth
from controlplane.simulator.working import london
from rules.instant import render_instant

_PAUSE_SECONDS, _ATTEMPTS = 0.2, 1_500


def hand_in(
    client: httpx.Client, truth_path: Path, *, pause: Callable[[float], None] = time.sleep
) -> list[Kept]:
    """
    Hand in the lists of the firm of *truth_path* as of its told time, reconcile, and add the
    breaks in them to the truth; raise `EmissionError` when the server would not.
    """
    truth = read_truth(truth_path)
    reports = Chronicle.of(truth.head).until(truth.until)
    kept = keep(reports, seed=truth.head.seed, until=truth.until, working=london())
    for one in kept:
        _upload(client, one)
    append_truth(truth_path, [each for one in kept for each in one.injected])
    names = [one["reconciliation"] for one in _read(client.get("/v1/reconciliations"))["items"]]
    runs = [(name, _read(client.post(f"/v1/reconciliations/{name}/runs"))["id"]) for name in names]
    for name, run in runs:
        _await(client, f"/v1/reconciliations/{name}/runs/{run}", pause)
    return kept


def _upload(client: httpx.Client, kept: Kept) -> None:
    book = kept.book
    answer = client.post(
        f"/v1/reconciliations/{book.reconciliation}/extracts/{book.side}",
        params={
            "part": book.part,
            "watermark": render_instant(kept.watermark),
            "total": f"lines={len(kept.rows)}",
        },
        content=msgspec.json.encode(kept.rows),
        headers={"Content-Type": "application/json"},
    )
    _read(answer)


def _await(client: httpx.Client, path: str, pause: Callable[[float], None]) -> None:
    for _ in range(_ATTEMPTS):
        if _read(client.get(path))["status"] != "running":
            return
        pause(_PAUSE_SECONDS)
    raise EmissionError(f"{path} did not end")


def _read(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        path = answer.request.url.path
        raise EmissionError(f"{path}: {answer.status_code} {answer.text[:300]}")
    body: dict[str, Any] = answer.json()
    return body
