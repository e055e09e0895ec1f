"""A stricter mode of compatibility tried over all contracts before it is put in force."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from house import House, opened
from projecting import ByReference, ask, drain, installation
from small_billing import publish, register_contract
from typer.testing import CliRunner

from controlplane.cli import contract_simulating
from controlplane.cli.main import app
from controlplane.pipeline.processing import Processing

ORDER = {"properties": {"id": {"type": "string"}, "note": {"type": "string"}}}
WIDER = {"properties": {"id": {"type": ["string", "integer"]}, "note": {"type": "string"}}}
SIMULATION = "/v1/compatibility/simulation"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("simulated")
    databases = installation(folder)
    ask(databases, "team:put", {"team": "finance", "name": "Finance"})
    for subject, second in (("ps.alone", None), ("ps.same", ORDER), ("ps.wider", WIDER)):
        register_contract(databases, subject, ORDER)
        if second is not None:
            publish(databases, subject, "1.1.0", second)
    drain(databases, Processing(ByReference()))
    with opened(databases, folder / "house") as one:
        yield one
    databases.close()


def simulated(house: House, body: dict[str, str], **query: Any) -> Any:
    answer = house.http.post(SIMULATION, json=body, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_version_that_passes_backward_is_refused_by_a_full_mode_and_stays_out(house: House):
    found = simulated(house, {"mode": "full"})
    counts = [found[name] for name in ("contracts", "versions", "refused", "newly")]
    assert counts == [3, 2, 1, 1]
    (item,) = found["items"]
    assert (item["subject"], item["version"], item["mode"]) == ("ps.wider", "1.1.0", "full")
    assert (item["verdict"], item["now"], item["lifecycle"]) == (
        "incompatible",
        "compatible",
        "published",
    )
    assert found["rules"] == {"TYPE_NARROWED": 1, "version-needs-major": 1}
    contract = house.get("/v1/contracts/ps.wider")
    assert (contract["compatibility"], contract["status"]) == ("backward", "published")


def test_the_mode_of_each_contract_refuses_nothing_that_stands(house: House):
    assert simulated(house, {})["items"] == []


def test_a_page_is_of_contracts(house: House):
    first = simulated(house, {"mode": "full"}, limit=2)
    assert (first["contracts"], first["items"]) == (2, [])
    second = simulated(house, {"mode": "full"}, limit=2, cursor=first["next_cursor"])
    assert (second["contracts"], second["refused"], second["next_cursor"]) == (1, 1, None)
    assert simulated(house, {"mode": "full"}, domain="sales")["contracts"] == 0


def test_it_is_told_in_a_terminal(house: House, monkeypatch: pytest.MonkeyPatch):
    @contextmanager
    def here(_url: str | None, _token: str | None) -> Iterator[httpx.Client]:
        yield house.http

    monkeypatch.setattr(contract_simulating, "reaching", here)
    words = ["contracts", "simulate", "--mode", "full"]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[-1].startswith(
        "3 contracts, 2 versions with one before them: 1 would be refused, 1 of them pass now"
    )
    assert "ps.wider" in told.output
    whole = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert (whole["refused"], len(whole["items"])) == (1, 1)
