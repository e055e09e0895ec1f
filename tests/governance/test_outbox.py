from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from controlplane.database import Databases, reading, writing
from governance.exception import stores as exceptions
from governance.exception.incident import Incident
from governance.exception.process_exception import (
    Change,
    Line,
    ProcessException,
    exception_id,
    fingerprint_of,
)
from governance.grouping import Notice, net
from governance.message import Sealed
from governance.outbox import SCHEDULE, Answer, Attempt, Outgoing, after, revive, stores
from governance.outbox.stores import StoredOutbox
from governance.routing import RoutingTree, read_routing
from governance.team import put_team
from rules.money import money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITED = NOON + timedelta(seconds=30)
TREE = read_routing("""
routing: default
version: 1.0.0
receivers:
  - {receiver: finance-mail, email: {to: [finance@example.test]}}
  - {receiver: delivery-hook, webhook: {url: "http://127.0.0.1:9009/hook"}}
route:
  receiver: finance-mail
  group_by: [owner, process]
  routes:
    - {matchers: ["owner = delivery"], receiver: delivery-hook}
""")
ALONE = read_routing("""
routing: default
version: 1.0.0
receivers:
  - {receiver: finance-mail, email: {to: [finance@example.test]}}
route: {receiver: finance-mail, group_by: ["..."], group_wait_seconds: 0}
""")


def held(line: str = "TS-1", **changes: object) -> ProcessException:
    fingerprint = fingerprint_of("i-1", "billing", "rate-agreed", line)
    return replace(
        ProcessException(
            id=exception_id(fingerprint),
            fingerprint=fingerprint,
            process="quote-to-cash",
            instance="i-1",
            case_key="E-1",
            case_title="Acme",
            ruleset="billing",
            ruleset_version="1.0.0",
            rule="rate-agreed",
            rule_version="1.0.0",
            type="RATE_MISSING",
            title="No rate",
            occurrence=line,
            line=line,
            severity="high",
            reason=f"{line}: no rate",
            owner="finance",
            opened_at=NOON,
            handled_from=NOON,
            changed_at=NOON,
            blocked=money(100, "EUR"),
            engagement="E-1",
        ),
        **changes,
    )


def happened(exception: ProcessException, action: str = "opened") -> Change:
    return Change(exception=exception, line=Line(actor="controlplane", action=action, at=NOON))


def tell(
    connection: Connection, *changes: Change, at: datetime = NOON, tree: RoutingTree = TREE
) -> int:
    exceptions.save(connection, changes)
    return stores.enqueue(connection, changes, tree, at=at)


def claimed(connection: Connection, at: datetime = WAITED) -> list[Outgoing]:
    return stores.claim(connection, at=at)


def outbox_of(databases: Databases) -> StoredOutbox:
    state = databases.state
    return StoredOutbox(
        partial(reading, state), partial(writing, state), base_url="http://cp.test/"
    )


def sent(databases: Databases, at: datetime = WAITED) -> list[Sealed]:
    """Claim and seal what is due, and let it be delivered."""
    outbox = outbox_of(databases)
    messages = []
    for one in outbox.claim(at):
        tried = after(one, Answer(result="delivered", detail="200"), at=at)
        outbox.record(
            tried, Attempt(at=at, result="delivered", answer="200", elapsed_seconds="0.1")
        )
        messages.append(msgspec.json.decode(one.payload, type=Sealed))
    return messages


def outgoing(**changes: object) -> Outgoing:
    return replace(
        Outgoing(
            id="msg_1",
            receiver="finance-mail",
            channel="email",
            group_key="{}",
            state="sending",
            payload="{}",
            created_at=NOON,
            due_at=NOON,
        ),
        **changes,
    )


def test_two_hundred_blocked_lines_are_one_message_with_one_total(databases: Databases):
    with writing(databases.state) as connection:
        lines = [held(f"TS-{n}", blocked=money(100 + n, "EUR")) for n in range(200)]
        assert tell(connection, *(happened(line) for line in lines)) == 1
    [message] = sent(databases)
    assert message.data.opened == 200
    assert message.data.money.blocked == [money(100 * 200 + sum(range(200)), "EUR")]
    assert [str(line.blocked) for line in message.data.lines[:2]] == ["EUR 299.00", "EUR 298.00"]
    assert (len(message.data.lines), message.data.more) == (10, 190)
    assert message.data.lines[0].link.startswith("http://cp.test/x/EX-")
    assert message.data.subject == (
        "200 exceptions · EUR 39,900.00 blocked · finance, quote-to-cash"
    )


def test_the_smallest_amount_is_written_out(databases: Databases):
    with writing(databases.state) as connection:
        tell(connection, happened(held(blocked=money("0.00000000000001", "EUR"))))
    outbox = outbox_of(databases)
    [one] = outbox.claim(WAITED)
    assert '"amount":"0.00000000000001"' in one.payload
    assert "E-14" not in one.payload


def test_a_message_waits_for_its_group_and_takes_in_what_comes(databases: Databases):
    with writing(databases.state) as connection:
        tell(connection, happened(held("TS-1")))
        tell(connection, happened(held("TS-2")), at=NOON + timedelta(seconds=10))
        assert claimed(connection, WAITED - timedelta(microseconds=1)) == []
    [message] = sent(databases)
    assert message.data.opened == 2


def test_what_comes_after_a_message_was_sent_is_another_message(databases: Databases):
    with writing(databases.state) as connection:
        tell(connection, happened(held("TS-1")))
    [first] = sent(databases)
    with writing(databases.state) as connection:
        tell(connection, happened(held("TS-2")), at=WAITED)
    [second] = sent(databases, WAITED + timedelta(seconds=30))
    assert (first.data.opened, second.data.opened) == (1, 1)


def test_teams_and_processes_are_told_apart(connection: Connection):
    told = tell(
        connection,
        happened(held("TS-1")),
        happened(held("TS-2", owner="delivery")),
        happened(held("TS-3", process="hire-to-provision")),
    )
    assert told == 3
    assert sorted(one.receiver for one in claimed(connection)) == [
        "delivery-hook",
        "finance-mail",
        "finance-mail",
    ]


def test_each_exception_may_be_a_message_of_its_own(connection: Connection):
    lines = [happened(held(f"TS-{n}")) for n in range(3)]
    assert tell(connection, *lines, tree=ALONE) == 3
    assert len(claimed(connection, NOON)) == 3


def test_nobody_hears_of_amendments_and_comments(connection: Connection):
    quiet = [happened(held(), action) for action in ("amended", "commented", "acknowledged")]
    assert tell(connection, *quiet, Change(exception=held())) == 0


def test_who_heard_that_it_stands_hears_that_it_is_over(databases: Databases):
    with writing(databases.state) as connection:
        tell(connection, happened(held(owner="delivery")))
    assert len(sent(databases)) == 1
    with writing(databases.state) as connection:
        moved = held(owner="finance", state="resolved")
        tell(connection, happened(moved, "resolved"), at=WAITED)
    [message] = sent(databases, WAITED + timedelta(seconds=30))
    assert message.data.receiver == "delivery-hook"
    assert (message.data.opened, message.data.ended) == (0, 1)
    assert message.data.subject == "1 exception resolved · delivery, quote-to-cash"
    assert message.data.money.blocked == []
    with writing(databases.state) as connection:
        assert tell(connection, happened(moved, "resolved"), at=WAITED) == 0


def test_who_never_heard_of_it_does_not_hear_that_it_is_over(connection: Connection):
    assert tell(connection, happened(held(), "resolved")) == 0


def test_what_opens_and_is_resolved_while_the_group_waits_has_not_happened(databases: Databases):
    with writing(databases.state) as connection:
        tell(connection, happened(held("TS-1")))
        tell(connection, happened(held("TS-1", state="resolved"), "resolved"))
    assert sent(databases) == []
    with writing(databases.state) as connection:
        assert stores.list_outgoing(connection) == []


DOWN = Incident(id="IN-1", cause="down", title="ERP down", labels={"sla": "s"}, at_least=2)


def hit(number: int, **changes: object) -> ProcessException:
    return held(f"TS-{number}", incident=DOWN, instance=f"i-{number}", **changes)


def test_an_incident_is_one_message_with_the_money_of_its_members_once(databases: Databases):
    with writing(databases.state) as connection:
        changes = [happened(hit(n, owner=("finance", "sales")[n % 2])) for n in range(40)]
        again = happened(replace(hit(0), id="EX-0", fingerprint="0", rule="late"))
        assert tell(connection, *changes, again) == 1
    (message,) = sent(databases)
    assert (message.data.opened, message.data.labels["cause"]) == (41, "ERP down")
    assert message.data.money.blocked == [money(4_000, "EUR")]


def test_what_joins_an_incident_that_was_told_of_is_not_told_again_and_its_end_is_told_once(
    databases: Databases,
):
    first, second, third = (happened(hit(n)) for n in range(3))
    with writing(databases.state) as connection:
        tell(connection, first, second)
    assert len(sent(databases)) == 1
    with writing(databases.state) as connection:
        tell(connection, third, at=WAITED)
    assert sent(databases, WAITED + timedelta(hours=1)) == []
    for change in (first, third):
        with writing(databases.state) as connection:
            tell(connection, over(change), at=WAITED)
    assert sent(databases, WAITED + timedelta(hours=2)) == []
    with writing(databases.state) as connection:
        tell(connection, over(second), at=WAITED + timedelta(hours=2))
    (message,) = sent(databases, WAITED + timedelta(hours=3))
    assert (message.data.opened, message.data.ended) == (0, 1)


def over(change: Change) -> Change:
    return happened(replace(change.exception, state="resolved"), "resolved")


def test_one_of_a_cause_is_told_before_it_is_an_incident_and_its_second_tells_of_both(
    databases: Databases,
):
    with writing(databases.state) as connection:
        tell(connection, happened(hit(1)))
    assert [one.data.opened for one in sent(databases)] == [1]
    with writing(databases.state) as connection:
        tell(connection, happened(hit(2)), at=WAITED)
    assert [one.data.opened for one in sent(databases, WAITED + timedelta(hours=1))] == [2]


def test_late_handling_is_told_to_those_whom_the_team_names_step_by_step(databases: Databases):
    team = put_team(
        None,
        "finance",
        {
            "name": "Finance",
            "receivers": [
                {"receiver": name, "email": {"to": [f"{name}@example.test"]}}
                for name in ("mail", "lead", "cfo")
            ],
            "escalation": ["lead", "cfo"],
        },
    )
    tree = TREE.owned_by([team])
    heard = []
    for step in (1, 2, 3):
        late = held(f"TS-{step}", escalated=step)
        with writing(databases.state) as connection:
            tell(connection, happened(late, "escalated"), tree=tree)
            heard += [one.receiver for one in claimed(connection)]
    assert heard == ["finance/lead", "finance/cfo", "finance/cfo"]
    with writing(databases.state) as connection:
        assert tell(connection, happened(held("TS-4", owner="delivery"), "escalated")) == 0


def test_only_what_is_left_to_tell_is_told():
    def notices(*events: str) -> list[Notice]:
        return [Notice(exception="EX-1", event=event) for event in events]

    assert net(notices("opened", "resolved")) == ()
    assert net(notices("resolved", "reopened")) == ()
    assert net(notices("opened", "resolved", "reopened"))[0].event == "reopened"
    assert net(notices("resolved", "reopened", "waived"))[0].event == "waived"


def test_a_claimed_message_is_leased_and_comes_back_when_its_sender_died(connection: Connection):
    tell(connection, happened(held()))
    [first] = claimed(connection)
    assert claimed(connection) == []
    [again] = claimed(connection, WAITED + timedelta(minutes=2))
    assert again.id == first.id


def test_work_goes_on_while_a_message_is_composed(databases: Databases):
    with writing(databases.state) as connection:
        tell(connection, happened(held("TS-1")))
    state, meanwhile = databases.state, []

    @contextmanager
    def looking() -> Iterator[Connection]:
        with reading(state) as snapshot:
            yield snapshot
            with writing(state) as other:
                meanwhile.append(tell(other, happened(held(f"TS-{len(meanwhile) + 2}"))))

    outbox = StoredOutbox(looking, partial(writing, state), base_url="http://cp.test/")
    [message] = outbox.claim(WAITED)
    told = msgspec.json.decode(message.payload, type=Sealed).data
    assert (told.opened, meanwhile) == (2, [1, 1])
    with reading(state) as connection:
        assert len(stores.list_outgoing(connection)) == 2


def test_a_message_that_is_being_sent_takes_nothing_in(connection: Connection):
    tell(connection, happened(held("TS-1")))
    claimed(connection)
    tell(connection, happened(held("TS-2")), at=WAITED)
    assert len(stores.list_outgoing(connection)) == 2


def test_every_attempt_sends_the_same_bytes(databases: Databases):
    outbox = outbox_of(databases)
    with writing(databases.state) as connection:
        tell(connection, happened(held()))
    [first] = outbox.claim(WAITED)
    tried = after(first, Answer(result="retry", detail="503"), at=WAITED)
    outbox.record(tried, Attempt(at=WAITED, result="retry", answer="503", elapsed_seconds="0.1"))
    with writing(databases.state) as connection:
        exceptions.save(connection, [happened(held(blocked=money(7, "EUR")), "amended")])
    [again] = outbox.claim(WAITED + timedelta(seconds=5))
    assert (again.id, again.payload) == (first.id, first.payload)
    assert again.attempts == 1


def test_retries_follow_the_schedule_until_the_message_is_dead():
    one, pauses = outgoing(), []
    at = NOON
    while one.state != "dead":
        one = after(one, Answer(result="retry", detail="500"), at=at)
        pauses.append(one.due_at - at)
        at = one.due_at
    assert pauses == [*SCHEDULE[1:], timedelta(0)]
    assert (one.attempts, one.last_error) == (7, "500")


def test_a_receiver_that_asks_for_time_gets_it_but_not_for_ever():
    def pause(seconds: float) -> timedelta:
        answer = Answer(result="retry", detail="429", retry_after=timedelta(seconds=seconds))
        return after(outgoing(), answer, at=NOON).due_at - NOON

    assert pause(60) == timedelta(seconds=60)
    assert pause(1) == timedelta(seconds=5)
    assert pause(10**8) == timedelta(hours=24)


def test_a_refusal_is_final_and_a_delivery_too():
    assert after(outgoing(), Answer(result="dead", detail="410"), at=NOON).state == "dead"
    done = after(outgoing(last_error="500"), Answer(result="delivered", detail="200"), at=NOON)
    assert (done.state, done.delivered_at, done.last_error) == ("delivered", NOON, None)


def test_a_dead_message_is_tried_again_from_the_beginning():
    again = revive(outgoing(state="dead", attempts=7), at=NOON)
    assert (again.state, again.attempts, again.due_at) == ("waiting", 0, NOON)


@pytest.mark.parametrize("state", ["waiting", "sending", "delivered"])
def test_what_is_not_dead_needs_no_retry(state: str):
    assert revive(outgoing(state=state), at=NOON).status == 409


def test_every_attempt_is_kept_with_its_answer(connection: Connection):
    tell(connection, happened(held()))
    [one] = claimed(connection)
    for answer in ("503 busy", "410 gone"):
        one = after(one, Answer(result="dead", detail=answer), at=WAITED)
        attempt = Attempt(at=WAITED, result="dead", answer=answer, elapsed_seconds="0.2")
        stores.record(connection, one, attempt)
    assert [(a.number, a.answer) for a in stores.attempts(connection, one.id)] == [
        (1, "503 busy"),
        (2, "410 gone"),
    ]
    assert stores.get_outgoing(connection, one.id).last_error == "410 gone"


def test_deliveries_are_listed_newest_first_by_status(connection: Connection):
    for number in range(3):
        at = NOON + timedelta(minutes=number)
        tell(connection, happened(held(f"TS-{number}")), at=at, tree=ALONE)
    newest, *rest = stores.list_outgoing(connection)
    before = (newest.created_at, newest.id)
    assert stores.list_outgoing(connection, before=before) == rest
    assert stores.list_outgoing(connection, status="dead") == []
    assert len(stores.list_outgoing(connection, receiver="finance-mail", limit=2)) == 2
    assert stores.get_outgoing(connection, "msg_none") is None
    assert stores.notices(connection, "msg_none") == ()
