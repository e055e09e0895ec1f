"""Traffic drifts from what is declared in few ways, each told by a stable id."""

from collections.abc import Mapping

from governance.conformance.declared import Declared, DeclaredField
from governance.conformance.drift import Sighting, drifts, standings

PROMISED = Declared(
    fields={
        "/id": DeclaredField(required=True),
        "/state": DeclaredField(values=("open", "paid")),
        "/lines": DeclaredField(),
        "/lines/*": DeclaredField(),
        "/lines/*/hours": DeclaredField(),
    },
    open=frozenset({"/rates"}),
)


def drift(seen: Mapping[str, Sighting], events: int = 10) -> list[tuple[str, str]]:
    return [(one.id, one.pointer) for one in drifts(standings(PROMISED, seen, events))]


WHOLE = {
    "/id": Sighting(times=10),
    "/state": Sighting(times=10, values={"open": 9, "paid": 1}),
    "/lines": Sighting(times=4),
    "/lines/*": Sighting(times=4),
    "/lines/*/hours": Sighting(times=4),
}


def test_traffic_that_tells_what_is_declared_does_not_drift():
    assert drift(WHOLE) == []


def test_a_declared_field_that_never_comes_is_told_without_what_lies_within():
    seen = {name: WHOLE[name] for name in ("/id", "/state")}
    assert drift(seen) == [("field-never-told", "/lines")]


def test_an_undeclared_field_is_told_without_what_lies_within():
    seen = {**WHOLE, "/colour": Sighting(times=3), "/colour/hue": Sighting(times=3)}
    assert drift(seen) == [("field-undeclared", "/colour")]


def test_a_field_of_an_open_place_is_no_drift():
    assert drift({**WHOLE, "/rates/EUR": Sighting(times=3)}) == []


def test_a_field_that_is_always_null_is_told():
    assert drift({**WHOLE, "/id": Sighting(times=10, null=10)}) == [("field-always-null", "/id")]


def test_values_that_never_come_and_values_that_nobody_declared_are_told():
    seen = {**WHOLE, "/state": Sighting(times=10, values={"open": 8, "lost": 2})}
    assert drift(seen) == [("value-never-told", "/state"), ("value-undeclared", "/state")]


def test_absence_is_counted_among_the_events_that_told_what_holds_the_field():
    (hours,) = (one for one in standings(PROMISED, WHOLE, 10) if one.pointer == "/lines/*/hours")
    assert (hours.of, hours.absent) == (4, 0.0)
    (lines,) = (one for one in standings(PROMISED, WHOLE, 10) if one.pointer == "/lines")
    assert (lines.of, lines.absent) == (10, 0.6)


def test_without_events_nothing_drifts():
    assert drift({}, events=0) == []


def test_what_avro_wraps_in_the_name_of_a_branch_is_the_field_itself():
    promised = Declared(
        fields={"/kind": DeclaredField(values=("FIXED",))}, wrapped={"/kind/ps.Kind": "/kind"}
    )
    seen = {"/kind": Sighting(times=2), "/kind/ps.Kind": Sighting(times=2, values={"FIXED": 2})}
    assert list(drifts(standings(promised, seen, 2))) == []


def test_what_may_have_come_without_being_kept_has_not_drifted():
    seen = {"/id": Sighting(times=10), "/state": Sighting(times=10, values={"open": 9}, some=True)}
    fields = standings(PROMISED, seen, 10, unkept=lambda _: True)
    (lines,) = (one for one in fields if one.pointer == "/lines")
    assert list(drifts(fields)) == []
    assert (lines.times, lines.of, lines.absent) == (0, 0, None)
    assert drift(seen) == [("field-never-told", "/lines")]
