"""What data look like is counted by field, never by value but of enumerations."""

from observability.traffic.shape import MOST_FIELDS, OVERFLOW, Shape, Told, look, merged


def seen(*data: dict[str, object], enumerated: frozenset[str] = frozenset()) -> Shape:
    shape: Shape = {}
    for one in data:
        look(shape, one, enumerated)
    return shape


def test_a_field_counts_once_an_event_however_many_items_tell_it():
    shape = seen({"lines": [{"hours": 1}, {"hours": 2}]}, {"lines": []})
    assert {pointer: told.times for pointer, told in shape.items()} == {
        "/lines": 2,
        "/lines/*": 1,
        "/lines/*/hours": 1,
    }


def test_null_is_told_and_counted_apart():
    assert seen({"rate": None}, {"rate": "90"})["/rate"] == Told(times=2, null=1)


def test_values_are_kept_of_enumerations_alone():
    shape = seen({"state": "open", "name": "Ada"}, enumerated=frozenset({"/state"}))
    assert shape["/state"].values == {"open": 1}
    assert shape["/name"].values == {}


def test_data_that_make_up_names_do_not_fill_the_disk():
    shape = seen({f"n{n}": n for n in range(MOST_FIELDS + 7)})
    assert len(shape) == MOST_FIELDS + 1
    assert shape[OVERFLOW].times == 7


def test_a_name_is_written_as_a_pointer():
    assert list(seen({"a/b": {"c~d": 1}})) == ["/a~1b", "/a~1b/c~0d"]


def test_days_add_up():
    days = [seen({"rate": None}), seen({"rate": "90"}, {"hours": 1})]
    assert merged(days) == {"/rate": Told(times=2, null=1), "/hours": Told(times=1)}
