import msgspec
import pytest

from rules.document import MAX_BYTES, DocumentError, convert, read_document, read_yaml


class Line(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    hours: int


class Sheet(msgspec.Struct, forbid_unknown_fields=True):
    sheet: str
    lines: list[Line] = []


def test_a_document_becomes_the_value_that_it_describes():
    text = "sheet: TS-1\nlines:\n  - {role: senior, hours: 8}\n"
    assert read_document(text, Sheet) == Sheet(sheet="TS-1", lines=[Line(role="senior", hours=8)])
    assert read_document(text.encode(), Sheet).sheet == "TS-1"


@pytest.mark.parametrize("text", ["2026-03-02", "7.5", "2026-03-02T09:30:00Z", "="])
def test_dates_and_fractions_stay_texts(text):
    assert read_yaml(f"a: {text}")[0] == {"a": text}


def test_places_are_known_by_pointer():
    _, places = read_yaml("sheet: TS-1\nlines:\n  - role: senior\n")
    assert places["/lines/0/role"] == (3, 11)


@pytest.mark.parametrize(
    ("text", "because", "line"),
    [
        ("a: &x [1]\nb: *x", "aliases are not allowed", 2),
        ("a: 1\na: 2", "stands twice", 2),
        ("a: [1", "expected", 1),
        ("a: 1\nb: !!python/object:os.system {}", "tags .* are not allowed", 2),
        ("a: ! b", "tags .* are not allowed", 1),
        ("a: 1\nb: " + "9" * 5000, "more than 40 digits", 2),
        ("a: 0b_", "'0b_' is no number", 1),
        ("? [1, 2]\n: 3", "a key is a plain text", 1),
        ("a: " + "[" * 60 + "]" * 60, "nested deeper", 1),
        ("", "empty", 0),
        ("a: \x07", "special characters", 0),
        ("a: '" + "x" * MAX_BYTES + "'", "larger than", 0),
    ],
)
def test_what_is_no_safe_document_is_refused_at_its_line(text, because, line):
    with pytest.raises(DocumentError, match=because) as refused:
        read_yaml(text)
    assert refused.value.line == line


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(DocumentError, match="not UTF-8"):
        read_yaml(b"\xff\xfe")


@pytest.mark.parametrize(
    ("text", "pointer", "line"),
    [
        ("sheet: TS-1\nlines:\n  - {role: senior, hours: many}", "/lines/0/hours", 3),
        ("sheet: TS-1\nlines:\n  - {role: senior, hours: 8, rate: 3}", "/lines/0/rate", 3),
        ("sheet: TS-1\nlines: []\ncolor: red", "/color", 3),
        ("sheet: 5", "/sheet", 1),
        ("[]", "", 1),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(text, pointer, line):
    with pytest.raises(DocumentError) as refused:
        read_document(text, Sheet)
    assert (refused.value.pointer, refused.value.line) == (pointer, line)


def test_a_value_without_places_is_refused_without_a_line():
    with pytest.raises(DocumentError) as refused:
        convert({"sheet": 5}, Sheet, {})
    assert (refused.value.line, refused.value.column) == (0, 0)


def test_a_condition_that_a_list_tears_apart_is_told_to_stand_in_quotes():
    with pytest.raises(DocumentError, match="stands in single quotes") as refused:
        read_yaml('where: [t.open, t.amount > money("100.00", "EUR")]\n')
    assert refused.value.line == 1


def test_a_word_that_yaml_takes_for_yes_or_no_is_to_be_quoted():
    with pytest.raises(DocumentError, match="quote it: yes, no, on and off"):
        read_document("sheet: no", Sheet)
