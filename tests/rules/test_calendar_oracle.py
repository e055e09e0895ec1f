"""The calendar against an oracle that looks at the clock on the wall, minute by minute."""

from random import Random

import pytest
from wall import PLACES, differences

CASES = 300


def test_the_calendar_says_what_the_clock_on_the_wall_says():
    assert list(differences(Random(20_261_121), CASES)) == []


@pytest.mark.soak
def test_the_calendar_says_what_the_wall_says_in_ten_thousand_cases_over_twelve_zones():
    assert len({zone for zone, _ in PLACES}) == 12
    assert list(differences(Random(7), 10_000)) == []
