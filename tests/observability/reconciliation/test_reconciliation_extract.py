"""An extract is taken whole, its control totals as its sender declared them, or not at all."""

import gzip
import io
from decimal import Decimal

import pytest
from planting import TWO_SIDES, expense, run

from observability.reconciliation.document import read_reconciliation
from observability.reconciliation.extract import (
    CSV,
    JSON,
    ExtractError,
    counted,
    disagreements,
    lines,
)

DOCUMENT = read_reconciliation(
    TWO_SIDES.replace("{side: erp, title: ERP, from: [{entity: expense, at: at}]}", "").rstrip(
        "- \n"
    )
    + """
  - side: erp
    title: ERP
    from: [{extract: {columns: {amount: {column: Total, type: money, currency: EUR}}}, at: at}]
"""
)
SELECTION = DOCUMENT.by_side["erp"].selections[0]
FILE = b"""\xef\xbb\xbfexpense_id,project_id,hours,Total,status,at
X-0001,P-1,2.50,"1,101.00",approved,2026-02-01T09:00:00Z
X-0002,P-2,3.50,102,approved,2026-02-01
"""
ROWS = (
    b'[{"expense_id": "X-0001", "project_id": "P-1", "hours": 2.5, "Total": "1101.00",'
    b' "status": "approved", "at": "2026-02-01T09:00:00Z"}, {"expense_id": "X-0002",'
    b' "project_id": "P-2", "hours": "3.50", "Total": 102, "status": "approved",'
    b' "at": "2026-02-01"}]'
)


def read(content: bytes, media_type: str = CSV):
    return list(lines(DOCUMENT, SELECTION, io.BytesIO(content), media_type, sums=False))


def test_a_csv_file_and_json_rows_are_the_same_lines():
    assert read(FILE) == read(ROWS, JSON)
    assert read(FILE)[0].values == ("2.5", ("1101", "EUR"), "approved")
    assert read(FILE)[1].at == 1_769_904_000_000_000


def test_the_control_totals_of_the_sender_come_out():
    found = counted(DOCUMENT, read(FILE))
    assert (found.lines, found.numbers) == (2, {"hours": "6"})
    right = {"lines": "2", "hours": "6.00", "amount": "1203.00 EUR"}
    assert list(disagreements(DOCUMENT, right.items(), found)) == []
    wrong = {"lines": "3", "hours": "6.5", "amount": "1203.01 EUR"}
    assert list(disagreements(DOCUMENT, wrong.items(), found)) == [
        "3 lines are declared, 2 came",
        "hours is declared as 6.5, what came is 6",
        "amount is declared as 1203.01 EUR, what came is 1203 EUR",
    ]
    assert list(disagreements(DOCUMENT, [("amount", "1203 USD")], found))
    assert found.money["amount"][0].amount == Decimal(1203)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n", "no column"),
        (FILE.replace(b"3.50", b"many"), "row 2: column 'hours'"),
        (FILE.replace(b"X-0002", b""), "row 2: expense_id is empty"),
        (FILE.replace(b"approved,2026-02-01\n", b'"appr\n'), "line"),
        (b"\xff\xfe", "line"),
        (b"", "no header came"),
        (b"The session has expired\n", "no column"),
        (b"a,b\n1,2,3\n", "no column"),
        (FILE.replace(b'"1,101.00"', b"1,101.00"), "row 1: more cells than the header"),
        (FILE.replace(b"status", b"Total"), "'Total' more than once"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file(content, says):
    with pytest.raises(ExtractError, match=says):
        counted(DOCUMENT, read(content))


def test_a_file_without_lines_has_a_header_and_cells_beyond_it_are_empty():
    assert read(FILE.splitlines()[0]) == []
    assert read(FILE.replace(b"09:00:00Z", b"09:00:00Z,,")) == read(FILE)


def test_a_json_number_keeps_every_digit():
    [line, _] = read(ROWS.replace(b'"1101.00"', b"12345678901234567.89"), JSON)
    assert line.values[1] == ("12345678901234567.89", "EUR")


@pytest.mark.parametrize(
    ("name", "text"), [("amuont", "0"), ("status", "0"), ("amount", "0"), ("hours", "6 EUR")]
)
def test_a_control_total_that_is_not_counted_does_not_come_out(name, text):
    assert list(disagreements(DOCUMENT, [(name, text)], counted(DOCUMENT, read(FILE))))


def test_rows_that_are_no_objects_are_refused():
    with pytest.raises(ExtractError, match="no list of JSON objects"):
        read(gzip.compress(ROWS), JSON)


def test_money_finds_its_currency_in_the_row(tmp_path):
    document = read_reconciliation(TWO_SIDES.replace("entity: expense, at: at}", "extract: {}}"))
    selection = document.by_side["erp"].selections[0]
    file = io.BytesIO(
        b"expense_id,project_id,hours,amount,currency,status\nX-0001,P-1,2.5,101.00,EUR,approved\n"
    )
    [line] = lines(document, selection, file, CSV, sums=False)
    assert line.values == ("2.5", ("101", "EUR"), "approved")
    assert run(tmp_path, [expense(1)], [expense(1)]).verdict == "reconciled"
