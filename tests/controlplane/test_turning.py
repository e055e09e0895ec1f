"""The day decides which rules are in effect: the worker notices, and agrees with the gate."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from projecting import NOON, ByReference, append, drain, installation, register, sweep
from small_billing import CALENDAR, RULES, happened, install_in_log

from controlplane.database import Databases, reading
from controlplane.gate.asked import Caller
from controlplane.gate.gate import Gate
from controlplane.gate.taken import Question, Taken
from controlplane.logwriter import LogWriter
from controlplane.pipeline.processing import Processing
from controlplane.replay import verify
from controlplane.ticker import clocks_due
from governance.exception import stores as exceptions
from observability.projection import case_stores

DAY = timedelta(days=1)
EUROS = {"amount": "100.00", "currency": "EUR"}
OFFICE = CALENDAR.replace("always-nine-to-five", "office")  # only rules count on it
COUNTED = """
        where:
          - missing(e.po_number)
          - missing(e.signed_at) or business_days(day(e.signed_at), date("2026-03-05")) > 2"""


class Firm:
    """A case, a worker that takes whatever is asked, and a gate."""

    def __init__(self, databases: Databases, gate: Gate) -> None:
        self.databases, self._gate = databases, gate
        self._processing, self._versions = Processing(ByReference()), 1
        self.at = NOON
        install_in_log(databases)
        register(databases, "calendar", OFFICE)
        signed = happened("sb.engagement.signed", "s-1", NOON, engagement_id="E-1", value=EUROS)
        approved = happened(
            "sb.time.approved", "t-1", NOON, engagement_id="E-1", timesheet_id="T-1", amount=EUROS
        )
        append(databases, [signed, approved])
        drain(databases, self._processing)

    def put(self, kind: str, text: str) -> None:
        self._versions += 1
        text = text.replace("version: 1.0.0", f"version: {self._versions}.0.0", 1)
        register(self.databases, kind, text, at=self.at)
        drain(self.databases, self._processing)

    def wait(self, days: int) -> None:
        """Let days go by as the ticker does: a sweep follows only when something is due."""
        self.at += days * DAY
        for _ in range(9):
            if not clocks_due(self.databases.state, at=self.at):
                return
            sweep(self.databases, self.at)
            drain(self.databases, self._processing)
        pytest.fail("something is due for ever")

    def standing(self) -> set[tuple[str, str]]:
        with reading(self.databases.state) as state:
            ids = case_stores.instances_of(state, "small-billing")
            (those,) = exceptions.of_instances(state, ids).values() or [[]]
        return {(one.rule, one.occurrence) for one in those if one.standing}

    def answered(self) -> set[tuple[str, str]]:
        caller = Caller(id=uuid.uuid4().hex, actor="erp", at=self.at)
        taken = self._gate.decide(Question(ruleset="small-billing-rules", case="E-1"), caller)
        assert isinstance(taken, Taken), taken
        return {(one.rule, one.occurrence) for one in taken.decision.firings}


@contextmanager
def firm_on(databases: Databases) -> Iterator[Firm]:
    writer = LogWriter(databases.log)
    gate = Gate(databases, writer, ByReference())
    try:
        yield Firm(databases, gate)
    finally:
        gate.close()
        writer.close()


def effective(days: str, rules: str = RULES) -> str:
    return rules.replace("    when:", f"    effective: {{{days}}}\n    when:", 1)


def on_calendar() -> str:
    rules = RULES.replace("\nprocess:", "\ncalendar: office\nprocess:", 1)
    return rules.replace("\n        where: [missing(e.po_number)]", COUNTED, 1)


def closed(day: str) -> str:
    return f"{OFFICE}closures: [{{date: {day}}}]\n"


def test_a_rule_has_its_say_from_its_first_day_though_nothing_else_happens(databases: Databases):
    with firm_on(databases) as firm:
        firm.put("ruleset", effective("from: 2026-03-03"))
        assert firm.standing() == set()
        firm.wait(1)
        assert firm.standing() == {("no-purchase-order", "T-1")}
    assert verify(databases, ByReference()).equal


def test_what_a_rule_found_ends_the_day_after_its_last(databases: Databases):
    with firm_on(databases) as firm:
        firm.put("ruleset", effective("until: 2026-03-02"))
        assert firm.standing() == {("no-purchase-order", "T-1")}
        firm.wait(1)
        assert firm.standing() == set()
    assert verify(databases, ByReference()).equal


def test_a_new_calendar_has_its_say_in_the_rules_that_count_on_it(databases: Databases):
    with firm_on(databases) as firm:
        firm.put("ruleset", on_calendar())
        assert firm.standing() == {("no-purchase-order", "T-1")}
        firm.put("calendar", closed("2026-03-04"))
        assert firm.standing() == set()
    assert verify(databases, ByReference()).equal


DAYS = st.sampled_from([f"2026-03-0{number}" for number in range(1, 6)])
CHANGES = st.one_of(
    st.tuples(st.just("ruleset"), DAYS.map(lambda day: effective(f"from: {day}"))),
    st.tuples(st.just("ruleset"), DAYS.map(lambda day: effective(f"until: {day}", on_calendar()))),
    st.tuples(st.just("ruleset"), st.sampled_from([RULES, on_calendar()])),
    st.tuples(st.just("calendar"), DAYS.map(closed)),
    st.tuples(st.just("calendar"), st.just(OFFICE.replace("zone: UTC", "zone: Asia/Tokyo"))),
)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(CHANGES, st.integers(0, 2)), min_size=1, max_size=3))
@example([(("ruleset", effective("from: 2026-03-03")), 1)])
@example([(("ruleset", on_calendar()), 0), (("calendar", closed("2026-03-04")), 0)])
def test_what_the_gate_answers_of_a_case_is_what_stands_of_it(changes):
    with TemporaryDirectory() as folder:
        databases = installation(Path(folder))
        with firm_on(databases) as firm:
            for (kind, text), days in changes:
                firm.put(kind, text)
                firm.wait(days)
                assert firm.answered() == firm.standing()
        assert verify(databases, ByReference()).equal
        databases.close()
