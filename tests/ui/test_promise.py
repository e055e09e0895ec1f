from datetime import datetime, timedelta

import pytest

from ui.components.promise import promise_html, standing_words, used_words
from ui.display import TIMES
from ui.records import SlaUse


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (62.4, "62% of the time used"),
        (420.0, f"4.2{TIMES} the time allowed"),
        (3489.1, ""),
        (None, ""),
    ],
)
def test_a_share_is_told_as_long_as_it_means_something(percent: float | None, words: str):
    assert used_words(percent) == words


def test_a_promise_in_the_list_says_what_is_left_or_how_long_ago_it_broke(start: datetime):
    kept = SlaUse(state="on_track", due_at=start + timedelta(hours=3), used_percent=40)
    broken = SlaUse(state="breached", due_at=start - timedelta(days=32), used_percent=742)
    met = SlaUse(state="met", due_at=start, used_percent=80)
    words = [standing_words(one, start) for one in (kept, broken, met, SlaUse())]
    assert words == ["● 3 h left", "◆ 32 d over", "✓ Met", "○ No limit"]


def test_working_what_was_found_in_history_is_counted_from_when_it_was_seen(start: datetime):
    sla = SlaUse(state="on_track", started_at=start, due_at=start, used_percent=0)
    assert "first seen here" in promise_html("handling", sla, start - timedelta(days=32))
    assert "first seen here" not in promise_html("handling", sla, start)
