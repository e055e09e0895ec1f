from ui.components.act import once
from ui.records import HistoryEntry, ProcessException
from ui.views.inbox import Filters, paged, query


def asked(**given: str) -> dict[str, object]:
    return {name: value for name, value in query(Filters(**given), "c.moreau").items() if value}


def test_the_inbox_shows_what_still_has_to_be_worked():
    assert asked()["status"] == "open,acknowledged"
    assert asked(view="closed")["status"] == "resolved"
    assert "status" not in asked(view="everything")


def test_what_was_closed_is_that_of_the_window_that_the_figure_was_about():
    assert asked(view="closed", closed="30d")["resolved_window"] == "30d"
    assert "resolved_window" not in asked(view="open", closed="30d")


def test_an_incident_and_a_priority_narrow_the_list():
    filters = Filters(incident="IN-1", priority=("P1", "P2"))
    assert filters.narrowed
    assert query(filters, "c.moreau")["priority"] == "P1,P2"
    assert query(filters, "c.moreau")["incident"] == "IN-1"


def test_mine_is_what_i_was_given():
    assert asked(view="mine")["assignee"] == "c.moreau"


def test_a_page_asks_for_its_own_rows_only():
    page = paged(Filters(page=3), "c.moreau")
    assert (page["offset"], page["limit"]) == (100, 50)


def test_other_filters_are_another_list():
    assert Filters(text="a").signature != Filters(text="b").signature
    assert Filters(text="a").signature == Filters(text="a").signature


def test_a_double_click_is_one_act_and_a_later_one_is_another():
    exception = ProcessException(id="EX-1")
    assert once(exception, "comment", {"note": "a"}) == once(exception, "comment", {"note": "a"})
    later = ProcessException(id="EX-1", history=(HistoryEntry(action="commented"),))
    assert once(later, "comment", {"note": "a"}) != once(exception, "comment", {"note": "a"})
