import msgspec
import pytest

from ui import records
from ui.records import Case, ExceptionPage, Health, ProcessException, SlaUse

SHAPES = [
    shape
    for shape in vars(records).values()
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct)
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_an_answer_with_every_part_missing_is_still_readable(shape: type[msgspec.Struct]):
    assert msgspec.json.decode(b"{}", type=shape) == shape()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_field_that_is_new_does_no_harm(shape: type[msgspec.Struct]):
    assert msgspec.json.decode(b'{"from_the_future": [1]}', type=shape) == shape()


def test_money_is_read_exactly():
    text = b'{"money": {"blocked": [{"amount": "213454.40", "currency": "GBP"}]}}'
    blocked = msgspec.json.decode(text, type=Health).money.blocked
    assert str(blocked[0].amount) == "213454.40"


def test_the_process_promise_is_shown_before_the_promise_to_work_it():
    both = ProcessException(
        process_sla=SlaUse(state="breached"), handling_sla=SlaUse(state="on_track")
    )
    assert both.sla.state == "breached"
    assert ProcessException(handling_sla=SlaUse(state="at_risk")).sla.state == "at_risk"
    assert ProcessException().sla == SlaUse()


def test_the_money_chain_is_read_in_the_order_of_the_model():
    text = b'{"money": {"quoted": [{"amount": "2", "currency": "EUR"}], "paid": []}}'
    assert [one.name for one in msgspec.json.decode(text, type=Case).chain] == ["quoted", "paid"]


def test_a_list_says_how_much_there_is_beyond_its_page():
    assert msgspec.json.decode(b'{"total": 1029, "items": []}', type=ExceptionPage).total == 1029
