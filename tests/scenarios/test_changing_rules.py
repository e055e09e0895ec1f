"""
Rules change while events stream in: each event is judged by the one version in force at its
place in the log, none is lost, and a version in shadow sees them all and changes nothing.
"""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
from running import Program
from small_billing import RULES, event, install
from sqlalchemy import select

from controlplane.database import Connection, open_databases, reading
from controlplane.tables import outcome
from governance.tables import decision
from observability.tables import case_event

VERSIONS = "/v1/rulesets/small-billing-rules/versions"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SWITCHES = 8
CASES = 5  # a batch
WARNING = RULES.replace("version: 1.0.0", "version: 2.0.0").replace(
    "severity: high", "severity: low"
)
LENIENT = (
    RULES.replace("version: 1.0.0", "version: 3.0.0")
    .replace("missing(e.po_number)", 'e.po_number == "none"')
    .replace(
        "- {engagement: E-1, engagement_id: E-1}",
        "- {engagement: E-1, engagement_id: E-1, po_number: none}",
    )
)


def batch(number: int) -> list[dict[str, Any]]:
    """Return five engagements, each with a timesheet that has no purchase order."""
    found = []
    for case in range(CASES):
        key, at = f"E-{number}-{case}", START + timedelta(minutes=number)
        value = {"amount": "100.00", "currency": "EUR"}
        signed = {"engagement_id": key, "value": value}
        approved = {"engagement_id": key, "timesheet_id": f"T-{key}", "amount": value}
        found.append(event("sb.engagement.signed", f"s-{key}", at, signed))
        found.append(event("sb.time.approved", f"t-{key}", at, approved))
    return found


class Traffic:
    """Posts batches one after the other until it is stopped; the worker may be a little behind."""

    def __init__(self, program: Program) -> None:
        self._url, self.sent, self._stop = program.url, 0, Event()
        self.enough = Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def stop(self) -> int:
        self._stop.set()
        self._thread.join()
        return self.sent

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as http:
            while not self._stop.is_set():
                answer = http.post(
                    "/v1/events",
                    content=httpx.Request("POST", self._url, json=batch(self.sent)).read(),
                    headers={"content-type": "application/cloudevents-batch+json"},
                )
                assert answer.status_code == 202, answer.text
                self.sent += 1
                self.enough.set()
                while http.get("/health/ready").json()["worker_lag"] > CASES:
                    self._stop.wait(0.01)

    def await_more(self) -> None:
        """Wait until another batch has been acknowledged."""
        self.enough.clear()
        assert self.enough.wait(60)


def move(program: Program, version: str, to: str) -> Any:
    return program.post(f"{VERSIONS}/{version}/transitions", {"to": to})


def test_versions_change_places_under_traffic_and_a_shadow_watches(program: Program):
    install(program)
    program.put_yaml(f"{VERSIONS}/2.0.0", WARNING)
    program.put_yaml(f"{VERSIONS}/3.0.0", LENIENT)
    traffic = Traffic(program)
    for switch in range(SWITCHES):
        traffic.await_more()
        move(program, ("2.0.0", "1.0.0")[switch % 2], "active")
    move(program, "3.0.0", "shadow")
    traffic.await_more()
    seen_from = traffic.sent
    traffic.await_more()
    sent = traffic.stop()
    program.settled()
    url = program.environment.get("CONTROLPLANE_DATABASE_URL")
    databases = open_databases(Path(program.data_dir), url)
    with reading(databases.state) as state:
        assert_each_judged_by_the_version_in_its_place(state, sent)
    databases.close()
    found = compared(program)
    assert (found["against"], found["cases"]["not_evaluated"]) == ("1.0.0", 0)
    assert found["cases"]["compared"] >= (sent - seen_from) * CASES
    assert found["cases"]["differing"] == found["cases"]["compared"]
    (rule,) = found["rules"]
    assert (rule["rule"], rule["closed"]) == ("no-purchase-order", found["cases"]["compared"])
    worth = [{"amount": f"{100 * rule['closed']}.00", "currency": "EUR"}]
    assert (rule["before"]["blocked"], rule["after"]["blocked"]) == (worth, [])
    assert found["money"]["before"]["blocked"] == worth
    assert found["money"]["after"]["blocked"] == worth  # it is late besides: another rule holds it
    assert program.get("/v1/exceptions", limit=1)["total"] >= sent * CASES
    program.cli("replay", "--verify")


def compared(program: Program) -> Any:
    """Return the differences once no case waits."""
    for _ in range(600):
        found = program.get(f"{VERSIONS}/3.0.0/differences")
        if found["cases"]["waiting"] == 0:
            return found
        Event().wait(0.1)
    raise AssertionError(program.log())


def assert_each_judged_by_the_version_in_its_place(state: Connection, sent: int) -> None:
    events = state.execute(select(case_event.c.instance, case_event.c.offset)).all()
    assert len(events) == sent * CASES * 2
    judged: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in state.execute(select(decision.c.instance, decision.c.offset, decision.c.version)):
        judged[row.instance][row.offset].append(row.version)
    moves = switches(state)
    offsets = [one for one, _ in moves]
    for one in events:
        reached = min(offset for offset in judged[one.instance] if offset >= one.offset)
        place = bisect_right(offsets, reached) - 1
        assert set(judged[one.instance][reached]) == {moves[place][1]}, one
    assert {version for _, version in moves} == {"1.0.0", "2.0.0"}


def switches(state: Connection) -> list[tuple[int, str]]:
    """Return the place in the log and the version of each transition to active."""
    rows = state.execute(select(outcome.c.offset, outcome.c.body).order_by(outcome.c.offset))
    bodies = [(row.offset, httpx.Response(200, content=row.body).json()) for row in rows]
    return [
        (offset, body["version"])
        for offset, body in bodies
        if isinstance(body, dict) and body.get("kind") == "ruleset" and body["state"] == "active"
    ]
