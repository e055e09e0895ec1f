"""The order of a model, as business people write it, says where a case leaves it."""

from datetime import UTC, datetime, timedelta

import pytest

from observability.instance.instance import CaseEvent, Instance, fold_instance
from observability.model.coherence import read_model
from observability.model.model import ProcessModel
from observability.model.order import successions
from rules.document import DocumentError

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = "abcdefgh"


def ordered(order: str, rest: str = "") -> ProcessModel:
    activities = ", ".join(f"{{activity: {name}}}" for name in NAMES)
    return read_model(f"""
process: work
version: 1.0.0
title: Work
owner: finance
activities: [{activities}]
entities: {{task: {{key: task_id}}}}
order: {order}
{rest}
""")


def event(step: str, hour: float) -> CaseEvent:
    """`b:T-1,T-2` is the step b for two tasks."""
    activity, _, tasks = step.partition(":")
    return CaseEvent(
        occurred_at=NINE + timedelta(hours=hour),
        event_id=f"{step}@{hour}",
        source="s",
        activity=activity,
        type="t",
        objects=tuple(("task", key) for key in tasks.split(",") if key),
    )


def folded(model: ProcessModel, *steps: str) -> Instance:
    events = [event(step, hour) for hour, step in enumerate(steps)]
    return fold_instance("i", "work", ["K-1"], events, model=model)


def told(model: ProcessModel, *steps: str) -> list[str]:
    return [f"{one.kind} {one.activity}" for one in folded(model, *steps).departures]


def awaited(model: ProcessModel, *steps: str) -> list[str]:
    return [one.activity for one in folded(model, *steps).standing.waiting]


@pytest.mark.parametrize(
    ("order", "steps", "departures"),
    [
        ("[a, b, c]", "a b c", []),
        ("[a, b, c]", "a c", ["out-of-order c"]),
        ("[a, b, c]", "b a c", ["out-of-order b"]),
        ("[a, b, c]", "a b b c", ["repeated b"]),
        ("[a, {optional: b}, c]", "a c", []),
        ("[a, {optional: b}, c]", "a c b", ["out-of-order c"]),
        ("[a, {choice: [b, c]}, d]", "a b d", []),
        ("[a, {choice: [b, c]}, d]", "a d", ["out-of-order d"]),
        ("[a, {choice: [b, c]}, d]", "a b c d", ["excluded c"]),
        ("[a, {choice: [b, [c, d]]}, e]", "a c d e", []),
        ("[a, {choice: [b, [c, d]]}, e]", "a c e", ["out-of-order e"]),
        ("[a, {parallel: [b, [c, d]]}, e]", "a c b d e", []),
        ("[a, {parallel: [b, [c, d]]}, e]", "a d c b e", ["out-of-order d"]),
        ("[a, {repeat: b}, c]", "a b b b c", []),
        ("[{repeat: a, again: [b]}, c]", "a b a c", []),
        ("[{repeat: a, again: [b]}, c]", "a a c", ["repeated a"]),
        ("[{repeat: a, again: [b]}, c]", "b a c", ["out-of-order b"]),
        ("[{repeat: {choice: [a, b]}}]", "a b a", []),
        ("[a, {each: task, do: [b, c]}]", "a b:1 b:2 c:2 c:1", []),
        ("[a, {each: task, do: [b, c]}]", "a b:1 c:2", ["out-of-order c"]),
        ("[a, {each: task, do: [b, c]}]", "b:1 a c:1", ["out-of-order b"]),
        ("[a, {each: task, do: [b, c]}]", "a b:1 b:1,2 c:1", ["repeated b"]),
        ("[a, {each: task, do: [{choice: [b, c]}]}]", "a b:1 c:2", []),
        ("[a, {each: task, do: [{choice: [b, c]}]}]", "a b:1 c:1", ["excluded c"]),
    ],
)
def test_a_case_leaves_the_order_where_a_block_says_so(
    order: str, steps: str, departures: list[str]
):
    assert told(ordered(order), *steps.split()) == departures


def test_a_departure_is_told_in_words():
    model = ordered("[a, {choice: [b, c]}, d]", "end: [d]")
    (found,) = folded(model, "a", "b", "c", "d").departures
    assert found.sentence == "“C” happened although “B” had: only one is expected."
    kinds = {one.kind: one.sentence for one in folded(model, "a", "d").departures}
    assert kinds == {
        "out-of-order": "“D” came without “B or C”.",
        "skipped": "The case was completed without “B or C”.",
    }


def test_what_some_object_lacked_when_the_case_was_completed_was_skipped():
    model = ordered("[a, {each: task, do: [b, c]}, d]", "end: [d]")
    (found,) = folded(model, "a", "b:1", "b:2", "c:1", "d").departures
    assert (found.kind, found.activity, found.count) == ("skipped", "c", 1)


def test_steps_at_the_same_instant_are_in_order_whichever_is_told_first():
    events = [event("b", 0), event("a", 0)]
    assert fold_instance("i", "work", ["K"], events, model=ordered("[a, b]")).departures == ()


@pytest.mark.parametrize(
    ("order", "steps", "activities"),
    [
        ("[a, b, c]", "a", ["b"]),
        ("[a, b, c]", "a c", ["b"]),
        ("[a, {optional: [b, c]}, d]", "a", ["d"]),
        ("[a, {optional: [b, c]}, d]", "a b", ["c", "d"]),
        ("[a, {choice: [b, c]}]", "a", ["b", "c"]),
        ("[a, {choice: [[b, d], c]}]", "a b", ["d"]),
        ("[a, {parallel: [b, c]}, d]", "a c", ["b"]),
        ("[{repeat: a, again: [b]}, c]", "a b", ["a"]),
        ("[a, {each: task, do: [b, c]}, d]", "a b:1", ["d", "c"]),
    ],
)
def test_a_running_case_waits_for_the_next_steps(order: str, steps: str, activities: list[str]):
    assert awaited(ordered(order), *steps.split()) == activities


def test_it_waits_since_the_step_before_and_each_object_for_itself():
    model = ordered("[a, {each: task, do: [b, c]}]")
    (found,) = folded(model, "a", "b:2", "b:1").standing.waiting
    assert (found.activity, found.type, found.objects) == ("c", "task", ("2", "1"))
    assert found.since == NINE + timedelta(hours=1)


def test_a_model_without_an_order_waits_for_what_it_requires_then_for_its_end():
    model = read_model("""
process: work
version: 1.0.0
title: Work
owner: finance
activities:
  - {activity: a}
  - {activity: b, required: true, after: [a]}
  - {activity: c}
end: [c]
""")
    assert awaited(model, "a") == ["b"]
    assert awaited(model, "a", "b") == ["c"]
    assert awaited(model, "a", "b", "c") == []


def test_a_case_is_complete_when_its_order_has_nothing_left_to_ask_for():
    model = ordered("[a, {each: task, do: [b, c]}]")
    assert folded(model, "a", "b:1").state == "running"
    done = folded(model, "a", "b:1", "c:1")
    assert (done.state, done.ended_at) == ("completed", NINE + timedelta(hours=2))
    assert folded(model, "a", "b:1", "c:1", "b:2").state == "running"


def test_the_first_end_completes_a_case_whose_order_is_known():
    done = folded(ordered("[a, {repeat: b}]", "end: [b]"), "a", "b", "b")
    assert done.ended_at == NINE + timedelta(hours=1)


@pytest.mark.parametrize(
    ("order", "pointer", "sentence"),
    [
        ("[a, x]", "/order/1", "no activity 'x'"),
        ("[a, {choice: [b, [c, a]]}]", "/order/1/choice/1/1", "one step, one place"),
        ("[{each: thing, do: a}]", "/order/0/each", "no entity type 'thing'"),
        ("[{each: task}]", "/order/0", "a block is one of"),
        ("[{optional: a, repeat: b}]", "/order/0", "a block is one of"),
        ("[{optional: a, again: [b]}]", "/order/0/again", "only what is repeated"),
        ("[{each: task, do: [{each: task, do: a}]}]", "/order/0/do", "in no other"),
    ],
)
def test_an_order_that_leads_nowhere_is_refused(order: str, pointer: str, sentence: str):
    with pytest.raises(DocumentError, match=sentence) as refused:
        ordered(order)
    assert refused.value.pointer == pointer


def test_an_activity_says_its_turn_in_one_place_only():
    text = "activities: [{activity: a, required: true}]\norder: [a]"
    head = "process: p\nversion: 1.0.0\ntitle: P\nowner: finance\n"
    with pytest.raises(DocumentError, match="`order` says when 'a' comes"):
        read_model(head + text)


@pytest.mark.parametrize(
    ("order", "one_after_the_other"),
    [
        ("[a, b, c]", "ab bc"),
        ("[a, {optional: b}, c]", "ab ac bc"),
        ("[a, {choice: [b, [c, d]]}, e]", "ab ac be cd de"),
        ("[a, {parallel: [b, [c, d]]}, e]", "ab ac be cd de"),
        ("[{repeat: a, again: [b]}, c]", "ab ac ba"),
        ("[{repeat: [a, b]}, c]", "ab ba bc"),
        ("[a, {each: task, do: [b, c]}, d]", "ab ad bc cd"),
        ("[a, {when: {kind: x}, do: b}, {optional: c}, d]", "ab ac ad bc bd cd"),
    ],
)
def test_an_order_says_what_may_come_next(order: str, one_after_the_other: str):
    found = successions(ordered(order).order)
    assert sorted("".join(one) for one in found) == one_after_the_other.split()
