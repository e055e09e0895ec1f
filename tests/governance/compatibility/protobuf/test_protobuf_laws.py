"""What holds of any two schemas, whatever they say."""

from hypothesis import given, settings
from hypothesis import strategies as st
from protobuf_changes import P3, broken, found, rules

from governance.compatibility.protobuf.rules import CATEGORIES

SINGLE = ["int32", "uint64", "string", "bytes", "double", "M", "E"]
KINDS = st.sampled_from([*SINGLE, "repeated bool", "optional E", "map<string, M>"])
FIELDS = st.dictionaries(st.integers(1, 6), st.tuples(KINDS, st.sampled_from("abcxyz")), max_size=5)
Fields = dict[int, tuple[str, str]]


def schema(fields: Fields, reserved: str = "") -> str:
    named = " ".join(f"{kind} {name}{n} = {n};" for n, (kind, name) in fields.items())
    return f"{P3}message M {{ {named} {reserved} }} enum E {{ A = 0; B = 1; }}"


@settings(max_examples=30, deadline=None)
@given(FIELDS)
def test_nothing_changed_is_nothing_found(fields: Fields):
    assert rules(schema(fields), schema(fields)) == set()
    assert rules(schema(fields), schema(dict(reversed(fields.items())))) == set()


@settings(max_examples=30, deadline=None)
@given(FIELDS)
def test_renaming_a_field_is_nothing_on_the_wire_and_a_break_in_json(fields: Fields):
    renamed = {number: (kind, f"n_{name}") for number, (kind, name) in fields.items()}
    maps = any(kind.startswith("map") for kind, _ in fields.values())
    wire = broken(schema(fields), schema(renamed), "WIRE")
    assert wire == ({"FIELD_WIRE_COMPATIBLE_TYPE"} if maps else set())
    assert ("FIELD_SAME_NAME" in broken(schema(fields), schema(renamed), "WIRE_JSON")) is bool(
        fields
    )


@settings(max_examples=30, deadline=None)
@given(FIELDS)
def test_fields_whose_numbers_and_names_are_reserved_may_go(fields: Fields):
    numbers = "".join(f"reserved {n}; reserved '{name}{n}';" for n, (_, name) in fields.items())
    assert broken(schema(fields), schema({}, numbers), "WIRE_JSON") == set()


@settings(max_examples=30, deadline=None)
@given(FIELDS, FIELDS)
def test_what_breaks_the_wire_breaks_json_and_generated_code_too(old: Fields, new: Fields):
    wire, json, files = (
        broken(schema(old), schema(new), category) != set()
        for category in ("WIRE", "WIRE_JSON", "FILE")
    )
    assert wire <= json <= files


@settings(max_examples=30, deadline=None)
@given(FIELDS, FIELDS)
def test_any_change_is_named_once(old: Fields, new: Fields):
    told = found(schema(old), schema(new))
    assert len({one.id for one in told}) == len(told)
    assert {one.rule for one in told} <= CATEGORIES.keys()
