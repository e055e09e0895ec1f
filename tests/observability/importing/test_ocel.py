"""One log of objects in the three formats of OCEL 2.0, and in the JSON of 1.0."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from observability.importing.imported import ReadError, Unreadable
from observability.importing.ocel import cased, read_cases, read_ocel

NEW: dict[str, Any] = {
    "objectTypes": [{"name": "order", "attributes": []}, {"name": "item", "attributes": []}],
    "eventTypes": [],
    "objects": [
        {
            "id": "o1",
            "type": "order",
            "attributes": [
                {"name": "price", "time": "1970-01-01T00:00:00Z", "value": "9.50"},
                {"name": "price", "time": "2023-04-05T00:00:00Z", "value": "8.00"},
            ],
        },
        {"id": "i1", "type": "item"},
        {"id": "i2", "type": "item"},
    ],
    "events": [
        {
            "id": "e1",
            "type": "place order",
            "time": "2023-04-03T10:00:00+02:00",
            "attributes": [{"name": "by", "value": "Ann"}],
            "relationships": [
                {"objectId": "o1", "qualifier": "order"},
                {"objectId": "i1", "qualifier": "item"},
                {"objectId": "i2", "qualifier": "item"},
                {"objectId": "i2", "qualifier": "also"},
            ],
        },
        {
            "id": "e2",
            "type": "pick item",
            "time": "2023-04-04 09:00:00",
            "relationships": [{"objectId": "i1", "qualifier": "item"}],
        },
    ],
}
OLD = {
    "ocel:objects": {
        one["id"]: {
            "ocel:type": one["type"],
            "ocel:ovmap": {"price": "9.50"} if one["id"] == "o1" else {},
        }
        for one in NEW["objects"]
    },
    "ocel:events": {
        one["id"]: {
            "ocel:activity": one["type"],
            "ocel:timestamp": one["time"],
            "ocel:omap": [related["objectId"] for related in one["relationships"]],
            "ocel:vmap": {given["name"]: given["value"] for given in one.get("attributes", [])},
        }
        for one in NEW["events"]
    },
}


def as_xml(path: Path) -> None:
    def attributes(one: dict[str, Any]) -> str:
        return "".join(
            f'<attribute name="{given["name"]}">{given["value"]}</attribute>'
            for given in one.get("attributes", [])
        )

    objects = "".join(
        f'<object id="{one["id"]}" type="{one["type"]}">'
        f"<attributes>{attributes(one)}</attributes></object>"
        for one in NEW["objects"]
    )
    events = "".join(
        f'<event id="{one["id"]}" type="{one["type"]}" time="{one["time"]}">'
        f"<attributes>{attributes(one)}</attributes><objects>"
        + "".join(
            f'<relationship object-id="{related["objectId"]}" qualifier="x"/>'
            for related in one["relationships"]
        )
        + "</objects></event>"
        for one in NEW["events"]
    )
    path.write_text(f"<log><objects>{objects}</objects><events>{events}</events></log>")


TABLES = """
CREATE TABLE event (ocel_id TEXT, ocel_type TEXT);
CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);
CREATE TABLE event_Placed (ocel_id TEXT, ocel_time TEXT, by TEXT);
CREATE TABLE event_Picked (ocel_id TEXT, ocel_time TEXT);
CREATE TABLE object (ocel_id TEXT, ocel_type TEXT);
CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);
CREATE TABLE object_Order (ocel_id TEXT, ocel_time TEXT, price TEXT);
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
INSERT INTO event VALUES ('e1', 'place order'), ('e2', 'pick item');
INSERT INTO event_map_type VALUES ('place order', 'Placed'), ('pick item', 'Picked');
INSERT INTO event_Placed VALUES ('e1', '2023-04-03T10:00:00+02:00', 'Ann');
INSERT INTO event_Picked VALUES ('e2', '2023-04-04 09:00:00');
INSERT INTO object VALUES ('o1', 'order'), ('i1', 'item'), ('i2', 'item');
INSERT INTO object_map_type VALUES ('order', 'Order');
INSERT INTO object_Order VALUES ('o1', '1970-01-01', '9.50'), ('o1', '2023-04-05', '8.00');
INSERT INTO event_object VALUES
  ('e1', 'o1', 'order'), ('e1', 'i1', 'item'), ('e1', 'i2', 'item'), ('e2', 'i1', 'item');
"""


def as_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(TABLES)


WRITTEN: dict[str, Callable[[Path], object]] = {
    "json": lambda path: path.write_text(json.dumps(NEW)),
    "xml": as_xml,
    "sqlite": as_sqlite,
    "jsonocel": lambda path: path.write_text(json.dumps(OLD)),
}


@pytest.fixture(params=WRITTEN)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "orders"
    WRITTEN[request.param](path)
    return path


def test_an_event_is_a_step_of_each_object_that_it_names_and_keeps_the_others(written: Path):
    first, second, third = read_cases(written, read_ocel(written), "item")
    assert [(one.case, one.id, one.activity, one.time) for one in (first, second, third)] == [
        ("i1", "e1/i1", "place order", "2023-04-03T08:00:00Z"),
        ("i2", "e1/i2", "place order", "2023-04-03T08:00:00Z"),
        ("i1", "e2/i1", "pick item", "2023-04-04T09:00:00Z"),
    ]
    assert first.data == {"order": ["o1"], "item": ["i1", "i2"], "by": "Ann"}
    assert [one.first for one in (first, second, third)] == [True, True, False]


def test_what_an_object_began_with_is_said_of_its_case(written: Path):
    (one,) = read_cases(written, read_ocel(written), "order")
    assert one.case_data == {"price": "9.50"}


def test_cases_are_the_objects_that_the_most_events_name_unless_it_is_said(written: Path):
    log = read_ocel(written)
    assert (cased(log, None).case, cased(log, None).aside) == ("item", 0)
    said = cased(log, "order")
    assert (said.case, said.others, said.aside) == ("order", ("item",), 1)
    with pytest.raises(ReadError, match="there are: item, order"):
        cased(log, "invoice")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("case,activity", "neither JSON, XML nor SQLite"),
        ("{", "not OCEL as JSON"),
        ('{"objects": []}', "not OCEL as JSON"),
        ('{"objects": [], "events": []}', "names an object"),
        ("<log>", "not well-formed"),
        ("<log/>", "no <events>"),
        ('<!DOCTYPE log [<!ENTITY a "aaaa">]><log>&a;</log>', "DTD or entities"),
        ("SQLite format 3\0", "not OCEL as SQLite"),
        ('{"objects": [], "events": ' + "[" * 100_000, "not OCEL as JSON"),
        ('<?xml version="1.0" encoding="utf-7"?><log/>', "encoding is not read"),
        ('<?xml version="1.0" encoding="bogus"?><log/>', "encoding is not read"),
        (json.dumps({**NEW, "objects": []}), "is no object of it"),
    ],
)
def test_a_file_that_is_no_ocel_is_refused(tmp_path: Path, text: str, reason: str):
    path = tmp_path / "log"
    path.write_text(text)
    with pytest.raises(ReadError, match=reason):
        cased(read_ocel(path), None)


def test_an_event_without_a_time_is_told(tmp_path: Path):
    path = tmp_path / "log"
    path.write_text(json.dumps({**NEW, "events": [{**NEW["events"][1], "time": "soon"}]}))
    (one,) = read_cases(path, read_ocel(path), "item")
    assert one == Unreadable(line=1, reason="event e2 has no time")


def test_two_events_are_never_taken_for_one(tmp_path: Path):
    path = tmp_path / "log"
    objects = [{"id": "c", "type": "T"}, {"id": "b/c", "type": "T"}]
    events = [
        {**NEW["events"][1], "id": id_, "relationships": [{"objectId": about}]}
        for id_, about in (("a/b", "c"), ("a", "b/c"), ("a", "c"))
    ]
    path.write_text(json.dumps({"objects": objects, "events": events}))
    first, second, third = read_cases(path, read_ocel(path), "T")
    assert first.id != second.id
    assert third == Unreadable(line=3, reason="event a is told twice")


def test_a_log_as_json_may_begin_with_a_mark_of_its_encoding_and_be_packed(tmp_path: Path):
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + json.dumps(NEW).encode()))
    assert len(read_ocel(path).events) == 2


def test_numbers_may_be_ids_in_sqlite_and_what_has_none_is_no_failure(tmp_path: Path):
    path = tmp_path / "log"
    untyped = TABLES.replace(" TEXT", "").replace("'e1'", "1").replace("'i1'", "7")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(untyped)
        connection.execute("INSERT INTO event VALUES (NULL, NULL)")
        connection.execute("INSERT INTO object VALUES ('n', NULL)")
    log = read_ocel(path)
    assert [one.case for one in read_cases(path, log, cased(log, None).case)] == ["7", "i2", "7"]


def test_a_sqlite_file_whose_tables_are_views_is_refused(tmp_path: Path):
    path = tmp_path / "log"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(TABLES)
        connection.execute(
            "CREATE VIEW event_Paid AS WITH RECURSIVE n(x) AS "
            "(SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS ocel_id FROM n"
        )
    with pytest.raises(ReadError, match="it has views"):
        read_ocel(path)
