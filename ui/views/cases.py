"""Finding a case by its key, its client or its title, by who has it and what it waits for."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import quote

import streamlit as st

from ui.client import read, read_steady
from ui.components import choice, heading, notice
from ui.components.state import mark, tone
from ui.display import day, named, plural, sentence, short_money
from ui.records import CaseLine, Cases, Pictured, Processes, Teams
from ui.theme import BADGES
from ui.views.links import follow, go

LIMIT = 50
FURTHER = "Look further back"
BEHIND = "cases_behind"
"""Where in the session stands how far back a word was looked for: the search, and the cursor."""
Search = tuple[str, ...]
"""The process, the word that is looked for, and what narrows it."""
ANY = ""
SLA_STATES = ("breached", "at_risk", "on_track", "paused", "met")


def linked() -> list[str]:
    """
    Return the ids of the cases that the address names: by `instance`, or by `case`, any key
    it is known by, of `process` or, without one, of every process: parts of others last.
    """
    if instance := st.query_params.get("instance"):
        return [instance]
    if process := st.query_params.get("process"):
        return known_as([process])
    every = read_steady("/v1/processes", Processes).items
    wholes = [one.process for one in every if not one.part_of]
    return known_as(wholes) or known_as([one.process for one in every if one.part_of])


def known_as(processes: Sequence[str]) -> list[str]:
    """Return the ids of the cases of *processes* that go by the key in the address."""
    case = st.query_params.get("case")
    return [
        item.id
        for name in processes
        for item in read(
            f"/v1/processes/{quote(name, safe='')}/instances", Cases, case=case, limit=2
        ).items
    ]


def search() -> None:
    heading.screen("Cases", "Find a case by its key, its client or who has it; see how it went.")
    found()


@st.fragment(key="cases")
@notice.told("cases")
def found() -> None:
    follow()
    processes = {one.process: one for one in read_steady("/v1/processes", Processes).items}
    if not processes:
        notice.without_pack(
            "No process is being watched",
            "Cases come from the events of a process. Install the shipped pack, or one of your "
            "own:",
            key="no_process",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        titles = {name: one.title or name for name, one in processes.items()}
        process = choice.select("Process", titles, name="process", width=200)
        text = st.text_input(
            "Find",
            type="search",
            placeholder="Key, client, title…",
            key="find",
            bind="query-params",
            live="300ms",
            label_visibility="collapsed",
            width=320,
        )
        filters = narrowed(process)
    wanted = (process, text, *filters.values())
    cursor = behind(wanted)
    path = f"/v1/processes/{process}/instances"
    page = read(path, Cases, q=text, limit=LIMIT, cursor=cursor, **filters)
    if page.items:
        listed(page.items)
        counted(page, wanted, further_back=cursor is not None)
        older(page, wanted)
    else:
        nothing(page, wanted, further_back=cursor is not None)


def narrowed(process: str) -> dict[str, str]:
    """Draw the choice of who has a case and of what it waits for; return both, empty for any."""
    teams = read_steady("/v1/teams", Teams).items
    seen = read_steady(f"/v1/processes/{process}/picture", Pictured).picture.activities
    owners = {ANY: "Any owner", **{one.team: one.name or one.team for one in teams}}
    steps = {ANY: "Whatever it waits for", **{one.activity: named(one.activity) for one in seen}}
    return {
        "owner": choice.select("Owner", owners, name="owner", width=240),
        "waits_for": choice.select("Waits for", steps, name="waits_for", width=220),
    }


def nothing(page: Cases, search: Search, *, further_back: bool) -> None:
    """Say why no case is listed: not so far, none at all, or none that is older."""
    if page.looked_since:
        notice.empty(
            "No case matches so far",
            f"{through(page.looked_since)} The whole key finds a case of any age.",
            notice.Offer(label=FURTHER, icon=":material/history:", act=further(page, search)),
            key="no_case",
        )
    elif further_back:
        notice.empty(
            "No older case matches",
            "All cases were looked through.",
            notice.Offer(label="Back to the latest", icon=":material/history:", act=anew),
            key="no_case",
        )
    elif not any(search[1:]):
        notice.without_events(
            "No case is known yet",
            "No event of this process has named one. The simulated firm has some:",
            key="no_case",
        )
    else:
        notice.empty(
            "No case matches",
            "A case is found by its key, its aliases or its title, by who has it now and by the "
            "step that it waits for.",
            notice.Offer(label="Show the latest", icon=":material/history:", act=latest),
            key="no_case",
        )


def listed(items: tuple[CaseLine, ...]) -> None:
    st.dataframe(
        {
            "Case": [item.case for item in items],
            "Title": [item.title for item in items],
            "SLA": [
                [mark(item.sla.state)] if item.sla and item.sla.state else [] for item in items
            ],
            "State": [sentence(item.state) for item in items],
            "Stage": [item.stage_title or sentence(item.stage or "") for item in items],
            "Waits for": [sentence(item.waits_for or "") for item in items],
            "Owner": [item.owner or "" for item in items],
            "Amount": [short_money(item.amount) for item in items],
            "Started": [day(item.started_at) for item in items],
            "Last event": [day(item.last_at) for item in items],
        },
        key=f"cases_{len(items)}_{items[0].id}",
        hide_index=True,
        row_height=31,
        height=min(640, 40 + 31 * len(items)),
        selection_mode="single-cell",
        on_select=lambda: chosen(items),
        alt="Cases, the latest first",
        column_config={
            "SLA": st.column_config.MultiselectColumn(
                "SLA",
                options=[mark(state) for state in SLA_STATES],
                color=[BADGES[tone(state)] for state in SLA_STATES],
            )
        },
    )


def counted(page: Cases, search: Search, *, further_back: bool) -> None:
    """Say how many of how many cases are listed; lead on to the older ones, and back."""
    with st.container(horizontal=True, vertical_alignment="center", key="counted"):
        if page.total is not None:
            floor = "" if page.total_is == "exact" else "at least "
            total = f"{floor}{plural(page.total, 'case')}"
            st.caption(f"{len(page.items):,} of {total}", width="content")
        if page.next_cursor and not page.looked_since:
            icon = ":material/chevron_right:"
            st.button("Older", key="older", icon=icon, on_click=further(page, search))
        if further_back:
            st.button("The latest", key="latest", icon=":material/first_page:", on_click=anew)


def older(page: Cases, search: Search) -> None:
    """Say how far a word was looked for, and lead on to the older cases."""
    if page.looked_since:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{through(page.looked_since)} The whole key finds a case of any age.")
            st.button(
                FURTHER, key="further", icon=":material/history:", on_click=further(page, search)
            )


def through(since: datetime) -> str:
    return f"Looked through the cases that started on {day(since)} or later."


def further(page: Cases, search: Search) -> Callable[[], None]:
    def go_on() -> None:
        st.session_state[BEHIND] = (search, page.next_cursor)

    return go_on


def behind(search: Search) -> str | None:
    """Return the cursor that this *search* came to; another one begins with the latest cases."""
    known, cursor = st.session_state.get(BEHIND, (None, None))
    if known == search:
        return str(cursor)
    anew()
    return None


def anew() -> None:
    st.session_state.pop(BEHIND, None)


def chosen(items: tuple[CaseLine, ...]) -> None:
    cells = st.session_state[f"cases_{len(items)}_{items[0].id}"].selection.cells
    if cells and cells[0][0] < len(items):
        go("case", instance=items[cells[0][0]].id)


def latest() -> None:
    st.session_state["find"] = ""
    for name in ("owner", "waits_for"):
        st.session_state[f"choice_{name}"] = ANY
        st.query_params.pop(name, None)
