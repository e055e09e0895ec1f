"""Exceptions: the ranked inbox on the left, why it failed and what to do on the right."""

from datetime import UTC, datetime

import streamlit as st

from ui.client import ApiError, fetch_csv
from ui.components import heading, notice
from ui.components.act import attempt
from ui.components.promise import standing_words
from ui.components.state import chip, mark, tone
from ui.display import DASH, count, sentence, several, short_money
from ui.records import ExceptionPage, ProcessException
from ui.theme import BADGES
from ui.views import detail, inbox, incidents, names, narrowing
from ui.views.inbox import Filters
from ui.views.links import follow

TABLE_HEIGHT = 598


def screen() -> None:
    heading.screen(
        "Exceptions", "Promises that broke, ranked by money and SLA used. Click a row to open it."
    )
    triage()


@st.fragment(key="triage")
@notice.told("triage")
def triage() -> None:
    follow()
    who = inbox.actor()
    filters = narrowing.chosen(who)
    page = inbox.held(filters, who)
    side = "open" if inbox.selected() else "list"
    with st.container(key=f"split_{side}"):
        left, right = st.columns([1.72, 1], gap="small")
    with left:
        bar(filters, who, page)
        taken = incidents.strip(filters)
        if page.items:
            rows(filters, page, TABLE_HEIGHT - taken)
            below(filters, who, page)
        else:
            nothing(filters)
    opened = inbox.selected() or (page.items[0].id if page.items else None)
    if opened:
        with right:
            detail.pane(opened, who)


def bar(filters: Filters, who: str, page: ExceptionPage) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        summary(page)
        with st.container(
            horizontal=True, width="content", gap="xsmall", vertical_alignment="center"
        ):
            arrivals(filters, who, page)
            st.selectbox(
                "Sort",
                list(inbox.SORTS),
                format_func=inbox.SORTS.__getitem__,
                key="sort",
                bind="query-params",
                label_visibility="collapsed",
                width=120,
            )
            step(page, -1, "K", ":material/keyboard_arrow_up:", "Previous")
            step(page, 1, "J", ":material/keyboard_arrow_down:", "Next")


def summary(page: ExceptionPage) -> None:
    parts = [
        f"<b>{count(page.total)}</b> exceptions · <b>{several(page.money.blocked)}</b> held up"
    ]
    if any(one.amount for one in page.money.delayed_cash):
        parts.append(f"delay costs <b>{several(page.money.delayed_cash)}</b>")
    for state, number in (("breached", page.breached), ("at_risk", page.at_risk)):
        if number is not None:
            parts.append(f"{chip(state)} {count(number)}")
    st.html(f'<span class="cp-body">{" &nbsp; ".join(parts)}</span>', width="content")


def step(page: ExceptionPage, by: int, letter: str, icon: str, word: str) -> None:
    there = inbox.beside(page.items, by)
    st.button(
        word,
        icon=icon,
        shortcut=letter,
        key=f"icon_step_{letter}",
        help=word,
        disabled=there is None,
        on_click=inbox.select,
        args=(there,),
    )


@st.fragment(run_every="10s", key="arrivals")
def arrivals(filters: Filters, who: str, page: ExceptionPage) -> None:
    """Tell of new exceptions without moving a row."""
    try:
        new = inbox.newly(filters, who, page)
    except ApiError:
        st.html('<span class="cp-muted">not live</span>', width="content")
        return
    if new and st.button(f"{new:,} new", icon=":material/arrow_upward:", key="show_new"):
        inbox.refresh()
        st.rerun(scope="app")


def rows(filters: Filters, page: ExceptionPage, height: int) -> None:
    key = f"rows_{filters.signature}_{inbox.turn()}"
    items = page.items
    at = datetime.now(UTC)
    promises = [
        standing_words(item.sla, at) if item.standing else mark(item.sla.state) for item in items
    ]
    fills = {
        words: BADGES[tone(item.sla.state)] for words, item in zip(promises, items, strict=True)
    }
    st.dataframe(
        {
            "promise": [[words] for words in promises],
            "priority": [item.priority for item in items],
            "title": [item.title for item in items],
            "money": [short_money(item.money.first) for item in items],
            "case": [item.case_title or item.case for item in items],
            "who": [names.person(item.assignee) or item.owner or DASH for item in items],
            "state": [sentence(item.state) for item in items],
            "id": [item.id for item in items],
        },
        height=height,
        row_height=31,
        hide_index=True,
        key=key,
        on_select=lambda: open_cell(key, items),
        selection_mode=["multi-row", "single-cell"],
        alt="Exceptions, most urgent first",
        column_config={
            "promise": st.column_config.MultiselectColumn(
                "Promise", options=list(fills), color=list(fills.values()), width=100
            ),
            "priority": st.column_config.TextColumn("", width=34),
            "title": st.column_config.TextColumn("What failed", width=290),
            "case": st.column_config.TextColumn("Case", width=146),
            "money": st.column_config.TextColumn("Amount", width=58, alignment="right"),
            "who": st.column_config.TextColumn("With", width=74),
            "state": st.column_config.TextColumn("State", width=98),
            "id": st.column_config.TextColumn("ID", width=168),
        },
    )
    st.session_state["rows_key"] = key


def open_cell(key: str, items: tuple[ProcessException, ...]) -> None:
    """Open the exception of the cell that was clicked: by its id, not by its place."""
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(items):
        inbox.select(items[cells[0][0]].id)


def ticked(items: tuple[ProcessException, ...]) -> list[ProcessException]:
    table = st.session_state.get(st.session_state.get("rows_key", ""))
    places = table.selection.rows if table else []
    return [items[place] for place in places if place < len(items)]


def below(filters: Filters, who: str, page: ExceptionPage) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        pager(filters.page, page)
        chosen = ticked(page.items)
        if chosen:
            bulk(chosen, who)
        st.download_button(
            "CSV",
            data=lambda: fetch_csv("/v1/exceptions", inbox.query(filters, who)),
            file_name="exceptions.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="csv",
            help="All that the filters leave, not this page alone",
        )


def pager(at: int, page: ExceptionPage) -> None:
    total = page.total or len(page.items)
    first = (at - 1) * inbox.PAGE + 1
    last = first + len(page.items) - 1
    with st.container(
        horizontal=True, width="content", gap="xsmall", vertical_alignment="center", key="pager"
    ):
        turn("Previous page", ":material/chevron_left:", at - 1, possible=at > 1)
        shown = f"{first:,} to {last:,} of {total:,}"
        st.html(f'<span class="cp-body cp-num">{shown}</span>', width="content")
        turn("Next page", ":material/chevron_right:", at + 1, possible=last < total)


def turn(word: str, icon: str, to: int, *, possible: bool) -> None:
    st.button(
        word,
        icon=icon,
        key=f"icon_{word.lower().replace(' ', '_')}",
        help=word,
        disabled=not possible,
        on_click=inbox.turn_to,
        args=(to,),
    )


def bulk(chosen: list[ProcessException], who: str) -> None:
    with st.container(horizontal=True, width="content", gap="xsmall"):
        st.button(
            f"Acknowledge {len(chosen)}",
            icon=":material/done_all:",
            key="bulk_acknowledge",
            on_click=each,
            args=(chosen, "acknowledge", "acknowledged"),
        )
        st.button(
            "Take them",
            icon=":material/person_add:",
            key="bulk_take",
            on_click=each,
            args=(chosen, "assign", f"assigned to {who}"),
            kwargs={"assignee": who},
        )


def each(chosen: list[ProcessException], act: str, done: str, **body: str) -> None:
    for exception in chosen:
        if not attempt(exception, act, done, **body):
            break
    inbox.refresh()


def nothing(filters: Filters) -> None:
    if not (filters.narrowed or names.watched()):
        notice.without_pack(
            "Nothing is watched yet",
            "An exception is a promise that broke; no process promises anything here. Install "
            "the shipped pack, or one of your own:",
            key="no_process",
        )
        return
    why = (
        "Clear the search, or look at everything, resolved ones too."
        if filters.narrowed or filters.view != "open"
        else "Every promise that is watched is being kept. Resolved ones are under Everything."
    )
    title = "Nothing matches these filters" if filters.narrowed else "Nothing is open here"
    offer = (
        notice.Offer(label="Clear filters", icon=":material/filter_alt_off:", act=narrowing.clear)
        if filters.narrowed or filters.view != "open"
        else notice.Offer(label="Show everything", icon=":material/history:", act=everything)
    )
    notice.empty(title, why, offer, key="none")


def everything() -> None:
    st.session_state["view"] = "everything"
