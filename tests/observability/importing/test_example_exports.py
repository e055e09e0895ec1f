"""The example exports are read whole, and say what their contracts promise."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from observability.importing.extract import read_csv, read_extract
from observability.importing.imported import ImportedEvent, to_cloudevent

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "examples" / "exports"
CONTRACTS = ROOT / "controlplane" / "packs" / "professional-services" / "contracts"


def events_of(name: str) -> list[dict[str, object]]:
    extract = read_extract((EXPORTS / f"{name}.yaml").read_bytes())
    found = list(read_csv(EXPORTS / f"{name}.csv", extract))
    assert all(isinstance(one, ImportedEvent) for one in found), found
    return [to_cloudevent(one, extract.process, None) for one in found]


@pytest.mark.parametrize(("name", "count"), [("psa-time", 5), ("erp-invoices", 3)])
def test_an_example_export_says_what_its_contracts_promise(name: str, count: int):
    events = events_of(name)
    assert len(events) == len({event["id"] for event in events}) == count
    for event in events:
        subject = str(event["type"]).removesuffix(".v1")
        schema = json.loads((CONTRACTS / subject / "1.0.0.json").read_text())
        jsonschema_rs.validate(schema, event["data"])


def test_an_invoice_names_the_time_that_it_bills():
    issued, paid, _ = events_of("erp-invoices")
    assert issued["data"]["timesheet_ids"] == ["TS-20417", "TS-20418"]
    assert paid["data"]["amount"] == {"amount": "10025.00", "currency": "GBP"}
    assert (issued["bizcase"], issued["time"]) == ("E-88", "2026-03-11T23:00:00Z")
