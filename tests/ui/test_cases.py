"""What the screen of cases says of those that it did not look through."""

from streamlit.testing.v1 import AppTest


def test_a_word_that_was_not_looked_for_in_all_cases_says_so_and_leads_on():
    def screen() -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 - the function runs as a page of its own

        from ui.records import Cases  # noqa: PLC0415 - likewise
        from ui.views import cases  # noqa: PLC0415 - likewise

        since = datetime(2026, 3, 2, tzinfo=UTC)
        cases.older(Cases(looked_since=since, next_cursor="behind"), ("cash", "acme"))

    page = AppTest.from_function(screen).run()
    assert "started on 02 Mar 2026" in page.caption[0].value
    page.button[0].click().run()
    assert page.session_state["cases_behind"] == (("cash", "acme"), "behind")


def test_another_word_is_looked_for_in_the_latest_cases_again():
    def screen() -> None:
        import streamlit as st  # noqa: PLC0415 - the function runs as a page of its own

        from ui.views import cases  # noqa: PLC0415 - likewise

        st.session_state[cases.BEHIND] = (("cash", "acme"), "behind")
        st.text(cases.behind(("cash", "acme")))
        st.text(cases.behind(("cash", "acme corp")))
        st.text(cases.behind(("cash", "acme")))

    page = AppTest.from_function(screen).run()
    assert [one.value for one in page.text] == ["behind", "None", "None"]


def test_who_looked_to_the_end_is_not_told_that_no_case_matches():
    def screen() -> None:
        import streamlit as st  # noqa: PLC0415 - the function runs as a page of its own

        from ui.records import Cases  # noqa: PLC0415 - likewise
        from ui.views import cases  # noqa: PLC0415 - likewise

        st.session_state.setdefault(cases.BEHIND, (("cash", "acme"), "behind"))
        cases.nothing(Cases(), ("cash", "acme"), further_back=True)

    page = AppTest.from_function(screen).run()
    assert page.button[0].label == "Back to the latest"


def test_a_list_says_how_many_of_how_many_it_shows_and_leads_to_the_older_ones_and_back():
    def screen() -> None:
        from ui.records import CaseLine, Cases  # noqa: PLC0415 - the function runs as a page
        from ui.views import cases  # noqa: PLC0415 - likewise

        page = Cases(
            items=(CaseLine(),) * 50, total=10_000, total_is="at least", next_cursor="behind"
        )
        search = ("quote-to-cash", "", "finance", "")
        cases.counted(page, search, further_back=cases.behind(search) is not None)

    page = AppTest.from_function(screen).run()
    assert page.caption[0].value == "50 of at least 10,000 cases"
    assert [one.label for one in page.button] == ["Older"]
    page.button[0].click().run()
    assert [one.label for one in page.button] == ["Older", "The latest"]
    page.button[1].click().run()
    assert [one.label for one in page.button] == ["Older"]


def test_where_all_cases_were_looked_through_nothing_is_said():
    def screen() -> None:
        from ui.records import Cases  # noqa: PLC0415 - the function runs as a page of its own
        from ui.views import cases  # noqa: PLC0415 - likewise

        cases.older(Cases(next_cursor="behind"), ("cash", "acme"))

    page = AppTest.from_function(screen).run()
    assert (len(page.caption), len(page.button)) == (0, 0)
