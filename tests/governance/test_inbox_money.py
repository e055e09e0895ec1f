"""What the inbox remembers of money at risk is what all that is wanted comes to, reckoned anew."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace
from random_firm import NOON, PARTS, PROCESSES, firm
from sqlalchemy import Connection, select, text

from governance.exception import stores
from governance.exception.at_risk import AtRisk, at_risk, held
from governance.exception.digest import ENGAGEMENT_BITS, digest_of
from governance.exception.distinct import StoredStake, distinct
from governance.exception.family import Member, families
from governance.exception.inbox.stores import list_exceptions
from governance.exception.inbox.wanted import Wanted
from governance.exception.inbox.wanted_stores import conditions_of
from governance.exception.incident import Incident
from governance.exception.incident_stores import list_incidents
from governance.exception.process_exception import Change, ProcessException
from governance.exception.share import Whole
from governance.exception.stake_stores import STAKE, read_stake
from governance.exception.tally import Tallies, Tally, summed
from governance.handling.policy import BUILT_IN
from governance.tables import process_exception
from rules.money import Money

COST = Decimal("0.08")
DAY = timedelta(days=1)
STANDING = ("open", "acknowledged")
ASKED = (
    Wanted(status=STANDING),
    Wanted(),
    Wanted(status=STANDING, process=PROCESSES[:1]),
    Wanted(status=STANDING, process=(PROCESSES[0], PARTS)),
    Wanted(status=STANDING, min_amount=Decimal(100)),
    Wanted(status=("acknowledged", "resolved")),
    Wanted(q="acme"),
)
ROUNDS = 4


def reckoned(
    connection: Connection, wanted: Wanted, wholes: dict[str, Whole], at: datetime
) -> AtRisk:
    """Return what the rows that are *wanted* come to, each read and summed."""
    query = select(*STAKE).where(*conditions_of(wanted, at, BUILT_IN))
    query = query.where(process_exception.c.state.in_(STANDING))
    rows = connection.execute(query.order_by(process_exception.c.id))
    read = [read_stake(row) for row in rows]
    stakes = [one for one in read if one.blocked or one.exposure or one.delayed]
    if len({one.process for one in stakes}) <= 1:
        return at_risk(stakes, at=at)
    return at_risk(distinct(stakes, wholes), at=at, wholes=wholes)


def moved(draw: Random, one: ProcessException) -> ProcessException:
    """Return *one* as the next event, or a person, leaves it."""
    more = Money(amount=Decimal(draw.randint(0, 500_00)) / 100, currency="EUR")
    return draw.choice(
        [
            replace(one, state="resolved", resolved_at=NOON),
            replace(one, state="acknowledged"),
            replace(one, state="open", resolved_at=None),
            replace(one, blocked=None, remaining=None),
            replace(one, blocked=more, remaining=None),
            replace(one, exposure=more),
            replace(one, delayed=more, delayed_since=NOON - timedelta(hours=draw.randint(0, 999))),
            replace(one, remaining=one.blocked and replace(one.blocked, amount=more.amount)),
        ]
    )


def test_what_is_remembered_is_what_all_comes_to_while_exceptions_come_and_go(
    connection: Connection,
):
    draw, drawn_firm = Random(5), firm(5, engagements=60)
    broken, wholes = {one.id: one for one in drawn_firm.broken}, drawn_firm.wholes
    stores.save(connection, [Change(exception=one) for one in broken.values()])
    for each in range(ROUNDS):
        for at in (NOON, NOON + timedelta(hours=draw.randint(1, 60)), NOON - timedelta(days=9)):
            for wanted in ASKED:
                page = list_exceptions(
                    connection, wanted, at=at, limit=1, wholes=lambda _, __, known=wholes: known
                )
                assert page.money == reckoned(connection, wanted, wholes, at), (each, wanted)
        those = [moved(draw, one) for one in draw.sample(sorted(broken.values(), key=by_id), 25)]
        broken |= {one.id: one for one in those}
        stores.save(connection, [Change(exception=one) for one in those])
        part = draw.choice(sorted(wholes))
        left = Money(amount=Decimal(each), currency="EUR")
        wholes = wholes | {part: Whole(instance=wholes[part].instance, left=left)}
        wholes = {one: whole for one, whole in wholes.items() if draw.random() > 1 / 8}


def test_a_process_that_holds_no_money_leaves_that_of_another_as_it_is_alone(
    connection: Connection,
):
    """Caps of the cases that others are part of are for money of several processes."""
    drawn_firm = firm(8, engagements=40)
    parts = [one for one in drawn_firm.broken if one.process == PARTS]
    bare = {"blocked": None, "exposure": None, "delayed": None, "remaining": None}
    others = [replace(one, **bare) for one in drawn_firm.broken if one.process != PARTS]
    stores.save(connection, [Change(exception=one) for one in (*parts, *others)])
    wholes = drawn_firm.wholes
    page = list_exceptions(
        connection, Wanted(status=STANDING), at=NOON, wholes=lambda _, __: wholes
    )
    assert page.money == at_risk(parts, at=NOON)
    assert page.money != at_risk(distinct(parts, wholes), at=NOON, wholes=wholes)


def test_an_incident_holds_what_its_members_come_to_and_names_whose_they_are(
    connection: Connection,
):
    draw, drawn_firm, members = Random(6), firm(6, engagements=60), defaultdict(list)
    for one in drawn_firm.broken:
        name, owner = draw.choice(["rate", "tax"]), draw.choice(["finance", "delivery", None])
        own = draw.choice([name, f"{name} of {one.process}"])
        incident = Incident(id=f"IN-{own}", cause=name, title=own, labels={}, at_least=3)
        state = draw.choice(["open", "acknowledged", "resolved"])
        members[own].append(replace(one, incident=incident, owner=owner, state=state))
    stores.save(connection, [Change(exception=one) for those in members.values() for one in those])
    wholes = drawn_firm.wholes
    found = list_incidents(connection, BUILT_IN, at=NOON, wholes=lambda _, __: wholes)
    assert {one.incident.title for one in found} == members.keys()
    for one in found:
        those = [member for member in members[one.incident.title] if member.standing]
        wanted = Wanted(status=STANDING, incident=(one.incident.id,))
        assert one.money == reckoned(connection, wanted, wholes, NOON)
        assert one.owners == tuple(sorted({member.owner or "" for member in those}))
        assert one.processes == tuple(sorted({member.process for member in those}))
        assert (one.exceptions, one.cases) == (len(those), len({each.instance for each in those}))
        named = list_incidents(
            connection, BUILT_IN, at=NOON, incident=one.incident.id, wholes=lambda _, __: wholes
        )
        assert named == [one]


def by_id(one: ProcessException) -> str:
    return one.id


def test_whatever_is_at_stake_gives_another_number_and_nothing_else_does():
    draw = Random(3)
    whole = firm(3, engagements=20)
    numbers: dict[int, set[str]] = {}
    for one in whole.broken:
        for now in (one, *(moved(draw, one) for _ in range(5)), replace(one, title="Else")):
            if number := digest_of(now):
                at_stake = (now.blocked, now.exposure, now.delayed, now.remaining)
                told = repr((now.id, at_stake, now.delayed_since, now.resolved_at))
                numbers.setdefault(number, set()).add(told)
                assert number & ENGAGEMENT_BITS == (digest_of(one) or number) & ENGAGEMENT_BITS
    assert all(len(told) == 1 for told in numbers.values())
    assert len({next(iter(told)) for told in numbers.values()}) == len(numbers)


@pytest.mark.parametrize("field", StoredStake.__struct_fields__)
def test_all_that_money_hangs_on_is_in_the_number(field: str):
    euro = Money(amount=Decimal(1), currency="EUR")
    one = firm(1, engagements=5).broken[0]
    kind = StoredStake.__annotations__[field]
    other = euro if kind == Money | None else NOON + 3 * DAY if "_" in field else "other"
    assert digest_of(replace(one, **{field: other})) != digest_of(one)


def test_what_stands_no_more_has_no_number_and_what_holds_no_money_has_nought():
    one = firm(1, engagements=5).broken[0]
    assert digest_of(replace(one, state="resolved")) is None
    assert digest_of(replace(one, state="waived")) is None
    assert digest_of(replace(one, blocked=None, exposure=None, delayed=None)) == 0


def test_what_shares_an_engagement_or_a_case_is_of_one_family():
    members = [
        Member(1, "quote-to-cash", "i-1", "E-1"),
        Member(2, "quote-to-cash", "i-2", "E-1"),
        Member(3, "time-to-bill", "p-2", "T-2"),
        Member(4, "time-to-bill", "p-3", None),
        Member(5, "subcontracting", "i-3", "E-1"),
    ]
    wholes = {"p-2": Whole(instance="i-2"), "p-3": Whole(instance="i-9")}
    found = {tuple(sorted(one.number for one in those)) for those in families(members, wholes)}
    assert found == {(1, 2, 3), (4,), (5,)}


def test_what_has_waited_is_the_same_as_of_any_instant_in_any_order():
    draw = Random(7)
    waiting = [one for one in firm(7, engagements=30).broken if one.delayed_since]
    tally = Tally(held(waiting))
    for _ in range(200):
        at = NOON + timedelta(minutes=draw.randint(-200_000, 5_000))
        assert summed([tally], at=at, cost_of_capital=COST) == at_risk(waiting, at=at)


def test_what_is_remembered_has_a_bound():
    tallies = Tallies(most=10)
    for number in range(100):
        tallies.keep(number, Tally(held([])))
    assert tallies.get(99) is not None
    assert sum(tallies.get(number) is not None for number in range(100)) <= 10


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # the other has no such index
def test_what_stands_is_counted_ranked_and_summed_from_one_index(connection: Connection):
    read: list[str] = []
    plain = Wanted(status=STANDING, process=("quote-to-cash",), severity=("high",))
    for wanted in (plain, replace(plain, sla=("breached",)), replace(plain, handled_late=True)):
        query = select(process_exception.c.stake, process_exception.c.worth)
        asked = query.where(*conditions_of(wanted, NOON, BUILT_IN))
        told = asked.compile(connection, compile_kwargs={"literal_binds": True})
        read += [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {told}"))]
    assert read == ["SCAN process_exception USING COVERING INDEX process_exception_standing"] * 3
