"""What the screen of cases says of those that it did not look through."""

from streamlit.testing.v1 import AppTest


def test_a_word_that_was_not_looked_for_in_all_cases_says_so_and_leads_on():
    def screen() -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 - the function runs as a page of its own

        from ui.records import Cases  # noqa: PLC0415 - likewise
        from ui.views import cases  # noqa: PLC0415 - likewise

        since = datetime(2026, 3, 2, tzinfo=UTC)
        cases.older(Cases(looked_since=since, next_cursor="behind"), "place")

    page = AppTest.from_function(screen).run()
    assert "started on 02 Mar 2026" in page.caption[0].value
    page.button[0].click().run()
    assert page.session_state["place"] == "behind"


def test_where_all_cases_were_looked_through_nothing_is_said():
    def screen() -> None:
        from ui.records import Cases  # noqa: PLC0415 - the function runs as a page of its own
        from ui.views import cases  # noqa: PLC0415 - likewise

        cases.older(Cases(next_cursor="behind"), "place")

    page = AppTest.from_function(screen).run()
    assert (len(page.caption), len(page.button)) == (0, 0)
