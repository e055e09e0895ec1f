"""The map, the waiting and the hand-overs as they are drawn."""

import pytest

from ui.charts import difference, handover_matrix, process_map, waiting
from ui.records import (
    ActivitySeen,
    Bottleneck,
    Compared,
    HandOver,
    Looked,
    Picture,
    Spread,
    Way,
    WayDifference,
)
from ui.theme import DARK, LIGHT
from ui.views.process_map import sample


def way(source: str, target: str, count: int, seconds: float = 3600.0) -> Way:
    return Way(source=source, target=target, took=Spread(count=count, median_seconds=seconds))


WAYS = (way("a", "b", 90), way("b", "c", 85), way("b", "d", 5), way("d", "c", 4), way("a", "a", 1))
PICTURE = Picture(
    cases=90,
    activities=tuple(
        ActivitySeen(activity=name, events=count)
        for name, count in (("a", 91), ("b", 90), ("c", 89), ("d", 5))
    ),
    ways=WAYS,
)


def ends(ways: list[Way]) -> list[str]:
    return [one.source + one.target for one in ways]


@pytest.mark.parametrize(
    ("share", "named"),
    [
        (0.01, ["ab", "bc"]),
        (0.9, ["ab", "bc"]),
        (0.96, ["ab", "bc", "bd", "dc"]),
        (1.0, ["ab", "bc", "bd", "dc", "aa"]),
    ],
)
def test_the_most_used_ways_are_shown_and_none_ends_nowhere(share: float, named: list[str]):
    assert ends(process_map.shown(WAYS, share)) == named


def test_a_map_without_ways_shows_its_activities():
    lone = Picture(activities=(ActivitySeen(activity='say "hello"\\', events=3),))
    drawn = process_map.dot(lone, 0.95, LIGHT)
    assert '"say \\"hello\\"\\\\" [label="say \\"hello\\"\\\\\\n3"' in drawn


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_a_way_says_how_long_and_how_often(colours):
    drawn = process_map.dot(PICTURE, 1.0, colours)
    assert '"a" -> "b" [label="  1 h\\n  90" penwidth=6.0]' in drawn
    assert "4 activities and 5 ways" in process_map.alt(PICTURE, 1.0)


def test_work_and_waiting_stand_in_one_bar_and_rows_of_one_name_stay_two():
    rows = (
        Bottleneck(source="a", target="b", working_seconds=86_400, waiting_seconds=172_800),
        Bottleneck(source="a", target="b", waiting_seconds=86_400),
    )
    drawn = waiting.figure(rows, LIGHT)
    assert [list(one.x) for one in drawn.data] == [[1.0, 0.0], [2.0, 1.0]]
    assert len(drawn.layout.yaxis.ticktext) == len(rows)
    assert "A to B" in waiting.alt(rows)


def test_a_hand_over_stands_from_row_to_column():
    rows = (HandOver(kind="team", source="b", target="a", took=Spread(count=4)),)
    drawn = handover_matrix.figure(rows, LIGHT)
    assert [list(row) for row in drawn.data[0].z] == [[None, None], [4, None]]
    assert "b to a: 4" in handover_matrix.alt(rows)


def test_what_a_way_takes_from_a_case_stands_on_the_other_side():
    rows = (
        WayDifference(source="a", target="b", adds_seconds=7_200, left_share=4.2),
        WayDifference(source="b", target="c", adds_seconds=-3_600),
    )
    drawn = difference.figure(rows, LIGHT)
    assert list(drawn.data[0].x) == [2.0, -1.0]
    assert "A to B: 2 h" in difference.alt(rows)
    assert "before: 4.20 times a case" in drawn.data[0].hovertext[0]


def test_a_comparison_of_very_many_cases_says_of_how_many_it_is_told():
    few, many = Looked(cases=40, looked_at=40), Looked(cases=90_000, looked_at=240)
    assert sample(Compared(left=few, right=few)) == ""
    assert sample(Compared(left=many, right=few)) == " It is told from a sample of 40 and 240."
