"""The catalogue of contracts as architects look through it, over HTTP: 2,000 of five versions."""

import sqlite3
import statistics
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx

from benchmarks.figure import Figure, compare
from benchmarks.installation import Installation, serving
from controlplane.database import STATE_FILE

CONTRACTS = 2_000
VERSIONS = 5
LIMIT_MS = 100.0
ASKED = {
    "the first page": "/v1/contracts",
    "the largest page": "/v1/contracts?limit=500",
    "a word looked for": "/v1/contracts?q=copy-1999",
    "a word that nobody uses": "/v1/contracts?q=nowhere",
    "a domain and a lifecycle": "/v1/contracts?domain=domain-7&status=deprecated",
    "a format": "/v1/contracts?format=openapi",
    "one with its versions": "/v1/contracts/copy-1000",
}
_CONTRACTS = """\
INSERT INTO contract ({columns})
WITH RECURSIVE copy(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < :contracts)
SELECT {values} FROM contract, copy WHERE contract.subject = :of"""
_VERSIONS = """\
INSERT INTO contract_version ({columns})
WITH RECURSIVE copy(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < :contracts),
  edition(v) AS (SELECT 0 UNION ALL SELECT v + 1 FROM edition WHERE v + 1 < :versions)
SELECT {values} FROM contract_version, copy, edition
WHERE contract_version.subject = :of AND contract_version.version = '1.0.0'"""


def measure(installation: Installation, runs: int) -> list[Figure]:
    folder = installation.copy()
    _fill(folder / STATE_FILE)
    with serving(folder, "--no-worker") as url, httpx.Client(base_url=url, timeout=60) as client:
        return [
            compare(
                partial(_asked, client, path),
                goal=None,
                name=f"{name}, of {CONTRACTS:,} contracts of {VERSIONS} versions",
                unit="ms",
                against="ms allowed",
                runs=runs,
                wanted=1.0,
                sense="at most",
            )
            for name, path in ASKED.items()
        ]


def _fill(state: Path) -> None:
    """Copy one contract of the pack and its first version, under other names."""
    with closing(sqlite3.connect(state)) as connection, connection:
        (of,) = connection.execute(
            "SELECT subject FROM contract_version WHERE version = '1.0.0' ORDER BY subject"
        ).fetchone()
        given = {"contracts": CONTRACTS, "versions": VERSIONS, "of": of}
        other = {"subject": "'copy-' || n", "domain": "'domain-' || (n % 20)"}
        edition = {
            "subject": "'copy-' || n",
            "version": "'1.' || v || '.0'",
            "lifecycle": "CASE WHEN v + 1 < :versions THEN 'deprecated' ELSE 'published' END",
        }
        for table, statement, changed in (
            ("contract", _CONTRACTS, other),
            ("contract_version", _VERSIONS, edition),
        ):
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, f"{table}.{name}") for name in names)
            connection.execute(statement.format(columns=", ".join(names), values=values), given)


def _asked(client: httpx.Client, path: str) -> tuple[float, float]:
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        client.get(path).raise_for_status()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), LIMIT_MS
