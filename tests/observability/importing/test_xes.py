import gzip
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from observability.importing.imported import ImportedEvent, ReadError, Unreadable, to_cloudevent
from observability.importing.xes import read_xes
from observability.model.coherence import read_model
from observability.model.model import ProcessModel

Write = Callable[..., Path]


def log(*traces: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org">
  <global scope="event"><string key="concept:name" value="default"/></global>
  <string key="creator" value="Disco"/>
  {"".join(traces)}
</log>"""


def trace(name: str, *events: str) -> str:
    return (
        f'<trace><string key="concept:name" value="{name}"/>'
        f'<string key="client" value="Acme"/>{"".join(events)}</trace>'
    )


def event(name: str = "Paid", at: str = "2017-01-09T09:49:50.000+01:00", more: str = "") -> str:
    return (
        f'<event><string key="concept:name" value="{name}"/>'
        f'<date key="time:timestamp" value="{at}"/>{more}</event>'
    )


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "travel log.xes") -> Path:
        path = tmp_path / name
        raw = text.encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write


def model(importing: str = "{event_type: expense.step, currency: EUR, amount: [Gone, Amount]}"):
    return read_model(
        f"{{process: travel, version: 1.0.0, title: T, owner: finance, import: {importing}}}"
    )


def amount_of(value: str, with_model: ProcessModel) -> object:
    found = ImportedEvent(
        source="s", id="1", case="c", time="t", sequence=1, data={"Amount": value}
    )
    return to_cloudevent(found, "travel", with_model)["data"].get("amount")


def test_each_event_of_a_trace_is_an_event_of_its_case_in_file_order(written: Write):
    path = written(log(trace("d1", event("Submitted"), event("Paid")), trace("d2", event())))
    found = list(read_xes(path))
    assert [(one.case, one.id, one.activity, one.sequence) for one in found] == [
        ("d1", "d1/1", "Submitted", 1),
        ("d1", "d1/2", "Paid", 2),
        ("d2", "d2/1", "Paid", 3),
    ]
    assert found[0].time == "2017-01-09T08:49:50Z"
    assert found[0].source == "urn:import:travel%20log.xes"


def test_attributes_keep_the_digits_and_types_of_the_source(written: Write):
    more = (
        '<float key="amount" value="26.85120450862128"/><int key="n" value="3"/>'
        '<boolean key="ok" value="true"/><int key="huge" value="99999999999999999999"/>'
        '<string key="outer" value="a"><string key="inner" value="b"/></string>'
    )
    (found,) = read_xes(written(log(trace("d1", event(more=more)))))
    assert found.data == {
        "amount": "26.85120450862128",
        "n": 3,
        "ok": True,
        "huge": "99999999999999999999",
        "outer": "a",
    }


def test_a_gzipped_file_is_read_like_a_plain_one(written: Write):
    text = log(trace("d1", event()))
    assert [one.id for one in read_xes(written(text, "x.xes.gz"))] == ["d1/1"]


def test_a_case_that_stands_twice_in_the_file_counts_on(written: Write):
    path = written(log(trace("d1", event()), trace("d2", event()), trace("d1", event())))
    assert [one.id for one in read_xes(path)] == ["d1/1", "d2/1", "d1/2"]


def test_what_names_no_case_activity_or_time_is_told_and_the_rest_is_read(written: Write):
    path = written(
        log(
            trace("d1", event(""), event(at=""), event(at="soon"), event()),
        )
    )
    *refused, good = read_xes(path)
    assert all(isinstance(one, Unreadable) and one.line > 3 for one in refused)
    assert [one.reason.split(" has no ")[1] for one in refused] == [
        "concept:name, the activity",
        "time:timestamp",
        "time:timestamp",
    ]
    assert (good.id, good.sequence) == ("d1/1", 4)


def test_a_trace_without_a_name_is_a_case_by_its_place_in_its_file(written: Write):
    path = written(log(trace("d1"), "<trace>" + event() * 2 + "</trace>"))
    assert [(one.case, one.id) for one in read_xes(path)] == [
        ("travel log.xes#2", "travel log.xes#2/1"),
        ("travel log.xes#2", "travel log.xes#2/2"),
    ]


def test_times_without_a_zone_are_read_in_the_zone_that_is_given_or_as_utc(written: Write):
    path = written(log(trace("d1", event(at="2017-07-09T09:49:50"))))
    (found,) = read_xes(path, zone=ZoneInfo("Europe/Amsterdam"))
    assert found.time == "2017-07-09T07:49:50Z"
    (found,) = read_xes(path)
    assert found.time == "2017-07-09T09:49:50Z"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html></html>", "starts with <html>"),
        ("<log><trace>", "not well-formed"),
        ("not xml", "not well-formed"),
        ("", "is empty"),
        ('<!DOCTYPE log [<!ENTITY a "aaaa">]><log>&a;</log>', "DTD or entities"),
    ],
)
def test_a_file_that_is_no_xes_is_refused(written: Write, text: str, reason: str):
    with pytest.raises(ReadError, match=reason):
        list(read_xes(written(text)))


def test_names_are_text_and_times_are_read_however_their_attributes_are_typed(written: Write):
    named = '<trace><int key="concept:name" value="7"/>'
    timed = event().replace("<date", "<string") + event().replace("<date", "<int")
    assert "<int" in timed
    found = list(read_xes(written(log(f"{named}{timed}</trace>"))))
    assert [one.case for one in found if isinstance(one, ImportedEvent)] == ["7", "7"]
    (late,) = read_xes(written(log(trace("d1", event(at="7").replace("<date", "<int")))))
    assert isinstance(late, Unreadable)


def test_an_encoding_that_no_parser_knows_is_refused(written: Write):
    for encoding in ("utf-7", "bogus"):
        with pytest.raises(ReadError, match="encoding is not read"):
            list(read_xes(written(f'<?xml version="1.0" encoding="{encoding}"?><log/>')))


def test_a_damaged_gzip_file_is_refused(tmp_path: Path):
    path = tmp_path / "cut.xes.gz"
    path.write_bytes(gzip.compress(log(trace("d1", *[event()] * 2000)).encode())[:-60])
    with pytest.raises(ReadError, match="gzip stream is damaged"):
        list(read_xes(path))


def test_an_imported_event_becomes_a_cloudevent_of_its_process(written: Write):
    more = '<string key="Amount" value="26.85120450862128"/>'
    first, second = read_xes(written(log(trace("d 1", event(more=more), event("Closed")))))
    assert to_cloudevent(first, "travel", model()) == {
        "specversion": "1.0",
        "type": "expense.step.v1",
        "source": "urn:import:travel%20log.xes",
        "id": "d 1/1",
        "time": "2017-01-09T08:49:50Z",
        "datacontenttype": "application/json",
        "bizprocess": "travel",
        "bizcase": "d 1",
        "bizactivity": "Paid",
        "sequence": "1",
        "data": {
            "Amount": "26.85120450862128",
            "case:client": "Acme",
            "amount": {"amount": "26.85120450862128", "currency": "EUR"},
        },
    }
    assert to_cloudevent(second, "travel", model())["data"] == {}


@pytest.mark.parametrize(("value", "amount"), [("1E+2", "100"), ("UNKNOWN", None), ("nan", None)])
def test_an_amount_that_is_no_number_is_left_out(value: str, amount: str | None):
    expected = {"amount": amount, "currency": "EUR"} if amount else None
    assert amount_of(value, model()) == expected


def test_an_amount_without_a_currency_is_not_money():
    assert amount_of("5", model("{event_type: expense.step}")) is None


def test_an_amount_of_the_whole_case_counts_for_each_of_its_events(written: Write):
    importing = "{event_type: expense.step, currency: EUR, amount: [budget]}"
    path = written(
        log('<trace><string key="concept:name" value="d1"/><float key="budget" value="9.50"/>'
            + event() * 2 + "</trace>")
    )  # fmt: skip
    made = [to_cloudevent(one, "travel", model(importing))["data"] for one in read_xes(path)]
    assert [one["amount"]["amount"] for one in made] == ["9.50", "9.50"]


def test_an_attribute_that_is_called_amount_becomes_money_where_the_model_names_the_currency():
    importing = "{event_type: expense.step, currency: EUR, amount: [amount]}"
    found = ImportedEvent(
        source="s", id="1", case="c", time="t", sequence=1, data={"amount": "35.0"}
    )
    made = to_cloudevent(found, "travel", model(importing))["data"]
    assert made == {"amount": {"amount": "35.0", "currency": "EUR"}}


def test_steps_of_a_process_without_a_model_are_those_of_a_log(written: Write):
    (found,) = read_xes(written(log(trace("d1", event()))))
    assert to_cloudevent(found, "travel", None)["type"] == "controlplane.step.imported.v1"
