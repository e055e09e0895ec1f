"""What tells incidents of one cause apart on the strip above the inbox."""

from ui.records import Incident
from ui.views.incidents import told_apart


def one(title: str, due_on: str) -> Incident:
    return Incident(title=title, labels={"customer": "C-9", "due_on": due_on})


def test_incidents_of_one_title_are_told_apart_by_what_only_one_of_them_shares():
    first, second = one("Nothing arrives", "2026-10-12"), one("Nothing arrives", "2026-11-09")
    alone = one("On hold", "2026-10-12")
    shown = [first, second, alone]
    assert told_apart(first, shown) == "Due on 12 Oct 2026"
    assert told_apart(second, shown) == "Due on 09 Nov 2026"
    assert told_apart(alone, shown) == "On hold"
