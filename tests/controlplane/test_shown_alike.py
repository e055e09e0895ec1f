"""Worker, gate and backtest show the rules the very same facts of a case."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from projecting import NOON, ByReference, append, drain, installation, register
from small_billing import RULES, happened, install_in_log

from controlplane.backtest.comparing import Asking, Versions
from controlplane.backtest.unfolding import load
from controlplane.database import Databases, reading
from controlplane.gate.asked import Caller
from controlplane.gate.gate import Gate
from controlplane.gate.taken import Question, Taken
from controlplane.logwriter import LogWriter
from controlplane.pipeline.loading import load_definitions
from controlplane.pipeline.processing import Processing
from governance.decision.stores import latest_by
from observability.event import ProcessEvent
from observability.projection import case_stores

PROCESS, NAME = "small-billing", "small-billing-rules"
NEXT = RULES.replace("version: 1.0.0", "version: 2.0.0")
VARIANTS = (
    NEXT,
    NEXT.replace("    when:", "    effective: {from: 2026-03-01}\n    when:", 1),
    NEXT.replace("\nprocess:", "\ncalendar: always-nine-to-five\nprocess:", 1),
    NEXT.partition("  - rule: invoice-late")[0],  # no rule asks the clocks
)
EUROS = {"amount": "100.00", "currency": "EUR"}
STEPS = {
    "signed": ("sb.engagement.signed", {"value": EUROS}),
    "ordered": ("sb.engagement.signed", {"value": EUROS, "po_number": "PO-1"}),
    "worked": ("sb.time.approved", {"timesheet_id": "T-1", "amount": EUROS}),
    "worked more": ("sb.time.approved", {"timesheet_id": "T-2", "amount": EUROS}),
    "billed": ("sb.invoice.issued", {"timesheet_ids": ["T-1"]}),
}


def story(steps: list[str]) -> list[ProcessEvent]:
    return [
        happened(STEPS[step][0], str(at), NOON, engagement_id="E-1", **STEPS[step][1])
        for at, step in enumerate(steps)
    ]


def by_worker(databases: Databases) -> str:
    with reading(databases.state) as state:
        (case,) = case_stores.instances_of(state, PROCESS)
        last = latest_by(state, case, NAME)
    assert last is not None
    return last.facts_digest


def by_gate(databases: Databases) -> str:
    with ExitStack() as stack:
        writer = LogWriter(databases.log)
        stack.callback(writer.close)
        gate = Gate(databases, writer, ByReference())
        stack.callback(gate.close)
        caller = Caller(id="asked", actor="erp", at=NOON)
        taken = gate.decide(Question(ruleset=NAME, case="E-1"), caller)
        assert isinstance(taken, Taken), taken
    return taken.decision.facts_digest


def by_backtest(databases: Databases) -> str:
    with reading(databases.state) as state, reading(databases.log) as log:
        definitions = load_definitions(state)
        (rules,) = definitions.rules[PROCESS]
        cases = case_stores.instances_of(state, PROCESS)
        unfolding = load(state, log, definitions, cases, offset=1_000)
        (past,) = unfolding.cases.values()
        seen = list(unfolding.moments(past, [], since=None, until=NOON))
        asking = Asking(ByReference(), definitions, Versions(before=None, after=rules))
        *_, last = asking.pairs(seen)
    return last.after.facts_digest


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(VARIANTS), st.lists(st.sampled_from([*STEPS]), min_size=1, max_size=5))
def test_the_digests_of_what_is_shown_are_alike(rules: str, steps: list[str]) -> None:
    with TemporaryDirectory() as folder:
        databases = installation(Path(folder))
        install_in_log(databases)
        register(databases, "ruleset", rules)
        append(databases, story(steps))
        drain(databases, Processing(ByReference()))
        found = {one(databases) for one in (by_worker, by_gate, by_backtest)}
        databases.close()
    assert len(found) == 1
