"""Facts travel as plain data and come back the same."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.decision import Fact
from rules.engine.scaling import is_a
from rules.fact import FIELD_TYPES
from rules.money import Money
from rules.packing import (
    canonical,
    digest,
    pack_fact,
    pack_value,
    read_shown,
    show,
    unpack_fact,
    unpack_value,
)

VALUES = {
    "text": st.text(),
    "integer": st.integers(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False),
    "money": st.builds(
        Money, amount=st.decimals(allow_nan=False), currency=st.sampled_from(["EUR", "JPY"])
    ),
    "boolean": st.booleans(),
    "date": st.dates(),
    "instant": st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0)),
    "duration": st.timedeltas(),
    "texts": st.lists(st.text()),
}


@given(st.one_of(*VALUES.values()))
def test_every_value_comes_back_the_same(value):
    for codec in (msgspec.json, msgspec.msgpack):
        back = unpack_value(codec.decode(codec.encode(pack_value(value))))
        assert (type(back), repr(back)) == (type(value), repr(value))


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_a_value_is_of_its_own_type_alone(kind):
    samples = {
        "text": "x",
        "integer": 3,
        "decimal": Decimal(3),
        "money": Money(amount=Decimal(3), currency="EUR"),
        "boolean": True,
        "date": date(2026, 3, 2),
        "instant": datetime(2026, 3, 2, tzinfo=UTC),
        "duration": timedelta(3),
        "texts": ["x"],
    }
    assert [other for other, value in samples.items() if is_a(kind, value)] == [kind]


def test_a_naive_time_stays_naive():
    naive = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - that is the point
    assert unpack_value(pack_value(naive)) == naive


def test_a_fact_comes_back_with_its_event():
    fact = Fact(type="timesheet", id="TS-1", values={"hours": Decimal("7.50")}, event="psa/1")
    assert unpack_fact(msgspec.msgpack.decode(msgspec.msgpack.encode(pack_fact(fact)))) == fact


@pytest.mark.parametrize("amount", [7, Decimal("7.50")])
def test_a_fact_is_read_again_from_what_its_digest_is_made_of(amount):
    values = {"hours": amount, "role": "senior", "tags": ["x"]}
    fact = Fact(type="timesheet", id="TS-1", values=values, event="psa/1")
    shown, event = show(fact)
    again = read_shown(shown, event)
    assert (again, show(again)) == (fact, (shown, "psa/1"))
    assert digest(canonical([again])) == digest([(shown, fact)])


def test_the_canonical_order_rests_on_the_facts_alone():
    facts = [
        Fact(type="b", id="1", values={}),
        Fact(type="a", id="2", values={"x": 2, "w": 1}),
        Fact(type="a", id="2", values={"w": 1, "x": 1}, event="later"),
    ]
    one, two = canonical(facts), canonical(facts[::-1])
    assert one == two
    assert digest(one) == digest(two)
    assert [fact.values.get("x") for _, fact in one] == [1, 2, None]
    unseen = [Fact(type="a", id="2", values={"x": 1, "w": 1})]
    assert digest(canonical(unseen)) == digest(canonical(facts[2:]))
