"""What commands print is read on a terminal of eighty columns."""

from io import StringIO
from typing import Any

import pytest
from httpx import Response
from rich.console import Console

from controlplane.cli.exception_told import money
from controlplane.cli.mining import chain
from controlplane.cli.reaching import AnswerError, answer_of
from controlplane.cli.roi import told


def side(value: str, sample: int) -> dict[str, Any]:
    return {"value": value, "sample": sample, "because": None}


def test_a_long_variant_is_told_by_its_first_steps_and_how_many_follow():
    assert chain(["won", "rate", "rate", "signed"]) == "won → rate x2 → signed"
    weeks = ["submitted", "submitted", "approved"] * 10
    assert chain(weeks).startswith("submitted x2 → approved → submitted x2")
    assert chain(weeks).endswith("approved → … 12 more")


def test_no_figure_before_and_after_is_cut_on_a_terminal():
    figure = {
        "title": "Breaks found by a reconciliation",
        "before": side("16.21", 145),
        "after": side("15.53", 1500),
        "unit": "days",
        "currency": None,
        "better_by": "0.04",
        "change": "-0.68",
        "enough": True,
    }
    paper = StringIO()
    Console(file=paper, width=80).print(told([figure]))
    line = paper.getvalue().splitlines()[1].split("  ")
    assert [word.strip() for word in line if word.strip()] == [
        "Breaks found by a reconciliation",
        *("16.21 d", "145", "15.53 d", "1,500", "4% better"),
    ]


def test_money_is_told_in_groups_of_three_digits():
    assert money({"currency": "EUR", "amount": "539400.00"}) == "EUR 539,400.00"


def test_what_the_server_refuses_is_said_once():
    detail = "sort is one of amount, newest."
    flaws = [{"pointer": "/sort", "detail": detail}, {"pointer": "/limit", "detail": "at most 500"}]
    body = {"title": "The request does not fit", "detail": detail, "errors": flaws}
    with pytest.raises(AnswerError) as refused:
        answer_of(Response(400, json=body))
    assert str(refused.value).splitlines() == [
        f"400 The request does not fit: {detail}",
        "  /limit: at most 500",
    ]
