"""Reconciliations over HTTP: put in force, fed with an extract, run, and read."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import compress

import pytest
from house import House, opened
from msgspec.structs import replace
from projecting import append, installation
from reconciled import BY_EVENTS, BY_EXTRACT, MODEL, NAME, amount, approved

from controlplane.database import reading
from controlplane.pipeline.lapsing import UNFINISHED, forget_unfinished
from controlplane.reconciling.__main__ import told
from controlplane.reconciling.order import Told
from controlplane.reconciling.reconciler import Process, Reconciler
from controlplane.settings import Settings
from observability.reconciliation import stores
from observability.reconciliation.extract import Manifest
from observability.reconciliation.finding import Group
from rules.instant import render_instant

HERE = f"/v1/reconciliations/{NAME}"
ROWS = b"expense_id,project_id,amount,currency\n" + b"".join(
    b"X-%d,P-1,100.00,EUR\n" % number for number in range(6)
)
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    databases = installation(folder)
    with opened(databases, folder) as found:
        found.put_document("/v1/processes/spending", MODEL)
        found.put_document(HERE, BY_EXTRACT)
        values = ["120.00", *["100.00"] * 7]
        append(databases, [approved(number, value) for number, value in enumerate(values)])
        yield found
    databases.close()


def sent(house: House, content: bytes = ROWS, kind: str = "text/csv", **query: object):
    params = {"watermark": render_instant(NOW), **query}
    headers = {"content-type": kind}
    return house.http.post(f"{HERE}/extracts/erp", content=content, params=params, headers=headers)


def run(house: House) -> str:
    begun = house.post(f"{HERE}/runs", {}, expect=202)
    reconciler = Reconciler(
        house.databases, house.commands, lambda ids: (told(house.databases, one) for one in ids)
    )
    assert reconciler.step() == 1
    return begun["id"]


def test_before_any_run_it_says_so(house):
    [one] = house.get("/v1/reconciliations")["items"]
    assert (one["reconciliation"], one["state"]) == (NAME, "never_run")
    assert [(s["side"], s["source"]) for s in one["sides"]] == [
        ("tool", "events"),
        ("erp", "extract"),
    ]
    assert one["grace"] == "1 hour"
    assert house.http.get(f"{HERE}/runs/latest").status_code == 404


@pytest.mark.parametrize(
    ("content", "query", "status", "type_"),
    [
        (ROWS, {"total": "lines=7"}, 422, "control-totals-differ"),
        (
            ROWS,
            {"total": ["lines=6", "amount=600.00 EUR", "amount=1 USD"]},
            422,
            "control-totals-differ",
        ),
        (ROWS, {"digest": "0" * 64}, 422, "invalid-request"),
        (ROWS, {"part": "billed"}, 422, "invalid-request"),
        (ROWS, {"total": "lines"}, 400, "invalid-request"),
        (ROWS, {"watermark": "2026-03-02T12:00:00"}, 400, "invalid-request"),
        (b"a,b\n1,2\n", {}, 422, "invalid-request"),
        (b"\xff\xfe\x00", {}, 422, "invalid-request"),
        (b"", {}, 422, "invalid-request"),
        (ROWS.replace(b"X-1", b"X-\x00"), {}, 422, "invalid-request"),
        (ROWS, {"watermark": "9999-12-31T00:00:00Z"}, 422, "invalid-request"),
        (ROWS, {"watermark": render_instant(NOW + timedelta(hours=1))}, 422, "invalid-request"),
        (ROWS, {"watermark": "0001-01-01T00:00:00Z"}, 422, "invalid-request"),
    ],
)
def test_an_extract_that_is_not_what_it_is_said_to_be_is_refused_whole(
    house, content, query, status, type_
):
    answer = sent(house, content, **query)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{type_}")
    assert house.get(f"{HERE}/extracts")["items"] == []


def test_an_extract_of_another_media_type_is_refused(house):
    assert sent(house, kind="application/zip").status_code == 415


def test_a_run_finds_what_differs_and_shows_both_sides(house):
    digest = hashlib.sha256(ROWS).hexdigest()
    answer = sent(house, total=["lines=6", "amount=600.00 EUR"], digest=digest)
    assert answer.status_code == 201, answer.text
    id_ = run(house)
    found = house.get(f"{HERE}/runs/latest")
    assert (found["id"], found["verdict"], found["broken"]) == (id_, "breaks", 3)
    sides = {one["side"]: one["total"] for one in found["finding"]["sides"]}
    assert (sides["tool"]["lines"], sides["erp"]["lines"]) == (8, 6)
    assert sides["tool"]["money"]["amount"] == [amount("820")]
    page = house.get(f"{HERE}/runs/latest/breaks", limit=2)
    rest = house.get(f"{HERE}/runs/{id_}/breaks", limit=2, cursor=page["next_cursor"])
    assert [one["key"] for one in page["items"] + rest["items"]] == ["X-6", "X-7", "X-0"]
    assert rest["next_cursor"] is None
    [value] = house.get(f"{HERE}/runs/latest/breaks", kind="value")["items"]
    assert value["differences"] == [{"field": "amount", "book": "EUR 120", "other": "EUR 100"}]
    assert value["exception_state"] == "open"
    shown = house.get(f"/v1/exceptions/{value['exception']}")
    assert shown["money"]["exposure"] == amount("20")
    assert shown["case"] == "P-0"
    [one] = house.get("/v1/reconciliations")["items"]
    assert (one["state"], one["last_run"]["id"]) == ("breaks", id_)


def test_the_breaks_are_there_for_a_spreadsheet(house):
    answer = house.http.get(f"{HERE}/runs/latest/breaks", headers={"accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert len(lines) == 4
    assert lines[3].startswith("value,erp,X-0,amount: EUR 120 | EUR 100,EUR 20,P-0,")


def test_the_runs_are_listed_the_newest_first(house):
    second = run(house)
    page = house.get(f"{HERE}/runs", limit=1)
    assert [one["id"] for one in page["items"]] == [second]
    rest = house.get(f"{HERE}/runs", limit=5, cursor=page["next_cursor"])
    assert len(rest["items"]) == 1
    assert rest["items"][0]["finding"] is None


def test_a_document_that_names_what_is_not_in_force_is_refused(house):
    other = BY_EVENTS.replace("1.0.0", "2.0.0").replace("process: spending", "process: nowhere")
    answer = house.http.put(HERE, content=other, headers={"content-type": "application/yaml"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/process")


def test_the_document_is_read_as_it_was_written(house):
    answer = house.http.get(HERE, headers={"accept": "application/yaml"})
    assert answer.text == BY_EXTRACT


@pytest.mark.parametrize("path", ["/v1/reconciliations/no", f"{HERE}/runs/no"])
def test_what_does_not_exist_is_not_found(house, path):
    assert house.http.get(path).status_code == 404
    assert house.http.post("/v1/reconciliations/no/runs").status_code == 404


def test_a_run_whose_finding_cannot_be_kept_has_failed_and_another_may_be_asked_for(house):
    assert sent(house).status_code == 201
    begun = house.post(f"{HERE}/runs", {}, expect=202)["id"]
    finding = told(house.databases, begun).finding
    broken = replace(finding, breaks=(replace(finding.breaks[0], side="nobody"),))
    reconciler = Reconciler(
        house.databases, house.commands, lambda _: iter([Told(run=begun, finding=broken)])
    )
    assert reconciler.step() == 0
    over = house.get(f"{HERE}/runs/{begun}")
    assert (over["status"], over["because"]) == ("failed", "what it found could not be kept")
    assert run(house) != begun


def test_what_is_due_is_asked_for_once_by_the_schedule(house):
    reconciler = Reconciler(
        house.databases, house.commands, lambda _: iter(()), now=lambda: NOW + timedelta(days=2)
    )
    reconciler.ask()
    reconciler.ask()
    [one, *_] = house.get(f"{HERE}/runs")["items"]
    assert (one["trigger"], one["asked_by"], one["status"]) == ("schedule", "schedule", "running")
    assert house.get(HERE)["running"] == one["id"]


def test_a_process_of_its_own_makes_the_runs_that_wait(house):
    folder = house.databases.state.url.database.rpartition("/")[0]
    process = Process(Settings(data_dir=Path(folder)))
    assert Reconciler(house.databases, house.commands, process).step() == 1
    found = house.get(f"{HERE}/runs/latest")
    assert (found["trigger"], found["opened"], found["closed"]) == ("schedule", 0, 0)


def test_a_wrong_extract_is_withdrawn_and_its_side_is_not_uploaded_any_more(house):
    wrong = sent(house, ROWS + b"X-9,P-1,1.00,EUR\n").json()["id"]
    path = f"{HERE}/extracts/{wrong}/withdraw"
    house.post(path, {"reason": ""}, expect=400)
    house.post(path, {"reason": "of the year before"})
    house.post(path, {"reason": "of the year before"}, expect=404)
    assert wrong not in {one["id"] for one in house.get(f"{HERE}/extracts")["items"]}
    with reading(house.databases.state) as connection:
        assert stores.newest_extract(connection, (NAME, "erp", "")) is None
        assert list(stores.pieces(connection, wrong)) == []
    [told] = house.get("/v1/audit", action="reconciliation:extract:withdrawn")["items"]
    assert (told["detail"]["extract"], told["detail"]["reason"]) == (wrong, "of the year before")


def test_an_upload_that_was_broken_off_is_let_go_after_a_day(connection):
    whole = Manifest(
        id="whole",
        reconciliation=NAME,
        side="erp",
        part="",
        media_type="text/csv",
        digest="",
        size=4,
        watermark=NOW,
        total=Group(),
        received_at=NOW,
        received_by="ana",
    )
    for extract in ("whole", "broken-off", "sent-anew"):
        stores.add_piece(connection, extract, 0, compress(b"rows"), at=NOW)
    stores.add_extract(connection, whole)
    stores.add_piece(connection, "sent-anew", 0, compress(b"rows"), at=NOW + timedelta(hours=9))
    forget_unfinished(connection, at=NOW + UNFINISHED)
    assert list(stores.pieces(connection, "broken-off")) == [b"rows"]
    forget_unfinished(connection, at=NOW + UNFINISHED + timedelta(seconds=1))
    left = {
        one: list(stores.pieces(connection, one)) for one in ("whole", "broken-off", "sent-anew")
    }
    assert left == {"whole": [b"rows"], "broken-off": [], "sent-anew": [b"rows"]}
