"""KPIs: each beside its target and how it went; one told apart, aged, with the cases behind it."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.client import MissingError, Query, RefusedError, read, read_steady
from ui.components import choice, heading, kpi, notice
from ui.display import DASH, MINUS, amount, moment, plural, sentence, several, short_money
from ui.records import Aged, Kpi, KpiBoard, KpiCase, KpiCases, KpiGroup, Money

WINDOWS = {"7d": "7 d", "30d": "30 d", "90d": "90 d"}
PARTS = {
    "client": "By client",
    "practice": "By practice",
    "region": "By region",
    "legal_entity": "By legal entity",
    "currency": "By currency",
    "source": "By source",
}
PARTED = "invoiced"
UNITS = {"percent": "%", "days": " d", "hours": " h", "seconds": " s"}
PLACES = {"count": 0, "seconds": 2}
MISSING = "not enough data: "
TABLE_HEIGHT = 420
LISTED, MOST_PAGES = 50, 10


def screen() -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        heading.screen("KPIs", "Value, target and the twelve windows up to this one")
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            window = choice.window(WINDOWS, key="kpi_window")
            topic = choice.select("Topic", topics(window), name="topic", width=140)
            within = choice.select("Practice", practices(), name="practice", width=150)
            by = choice.select("Part", PARTS, name="by", width=150)
    board(window, by, topic, f"practice={within}" if within else "")


def topics(window: str) -> dict[str, str]:
    listed = {one.topic for one in read_steady("/v1/kpis", KpiBoard, window=window).items}
    return {"": "All topics"} | {one: sentence(one) for one in sorted(listed) if one}


def practices() -> dict[str, str]:
    """Return the practices that bill, as they are told apart."""
    try:
        found = read_steady(f"/v1/kpis/{PARTED}", Kpi, by="practice", window="all").groups
    except (MissingError, RefusedError):  # no such KPI here, or none that is told by practice
        found = ()
    return {"": "All practices"} | {one.of: sentence(one.of) for one in found if one.of}


@st.fragment(key="kpi_board")
@notice.told("kpi_board")
def board(window: str, by: str, topic: str, within: str) -> None:
    found = read_steady("/v1/kpis", KpiBoard, window=window, within=within)
    if not found.items:
        notice.without_pack(
            "No KPI is in force",
            "A KPI is a formula over measures of a process model. Install the shipped pack, or "
            "one of your own:",
            key="no_kpi",
        )
        return
    ordered = sorted(found.items, key=lambda one: one.topic)
    listed = [one for one in ordered if topic in ("", one.topic)]
    told = [one for one in listed if one.value is not None]
    opened, places = strips(told)
    if opened:
        st.query_params["kpi"] = opened
    untold([one for one in listed if one.value is None])
    by_name = {one.kpi: one for one in told}
    shown = by_name.get(st.query_params.get("kpi", ""), told[0] if told else None)
    if shown is not None:
        with places[shown.topic]:
            pane(shown.kpi, window, by, within)
    currency = f" · money in {found.currency} at the rates of its day" if found.currency else ""
    st.caption(f"As of {moment(found.as_of)}{currency}")


def strips(told: Sequence[Kpi]) -> tuple[str | None, dict[str, DeltaGenerator]]:
    """Draw the figures topic by topic; return the one just opened, and the place below each."""
    opened, places = None, {}
    for topic in sorted({one.topic for one in told}):
        if topic:
            heading.eyebrow(sentence(topic))
        those = [figure(one) for one in told if one.topic == topic]
        opened = kpi.strip(those, key=f"kpi_strip_{topic}", alike=True) or opened
        places[topic] = st.container()
    return opened, places


def figure(one: Kpi) -> kpi.Figure:
    state = None if one.meets is None else "on_track" if one.meets else "missed"
    return kpi.Figure(
        id=one.kpi,
        label=one.title,
        value=value(one, one.value),
        note=note(one),
        state=state,
        trend=tuple(float(point.value) for point in one.trend if point.value is not None),
        target=float(one.target.value) if one.target and one.meets is not None else None,
    )


def note(one: Kpi) -> str:
    """Write the target, and the currencies that are not in the figure."""
    told = []
    if one.target is not None:
        sign = "≥" if one.better == "higher" else "≤"
        told.append(f"target {sign} {value(one, one.target.value)}")
    if one.unconverted:
        told.append(f"without {', '.join(one.unconverted)}: no rate")
    return " · ".join(told) or f"owned by {one.owner}"


def value(one: Kpi, told: Decimal | None) -> str:
    if told is None:
        return DASH
    if one.unit == "money":
        return short_money(Money(amount=told, currency=one.currency or ""))
    sign = MINUS if told < 0 else ""
    places = PLACES.get(one.unit, 1)
    return f"{sign}{amount(abs(told), places)}{UNITS.get(one.unit, '')}"


def untold(items: Sequence[Kpi]) -> None:
    """Say what is missing for the KPIs that cannot be told."""
    if items:
        with st.expander(f"{plural(len(items), 'KPI')} without enough data"):
            st.dataframe(
                {
                    "KPI": [one.title for one in items],
                    "Because": [sentence_of(one.because) for one in items],
                    "Owner": [one.owner for one in items],
                },
                hide_index=True,
                row_height=31,
                alt="KPIs that cannot be told",
            )


def sentence_of(because: str | None) -> str:
    return (because or "").removeprefix(MISSING).capitalize() or DASH


def pane(name: str, window: str, by: str, within: str) -> None:
    one = read(f"/v1/kpis/{name}", Kpi, window=window, by=by, within=within)
    with st.container(border=True, key="card_kpi"):
        sources = f" · from {', '.join(one.source)}" if one.source else ""
        heading.card(one.title, f"{one.description} Formula: {in_words(one.formula)}{sources}")
        left, right = st.columns([1, 1.4], gap="small")
        with left:
            groups(one, by)
            ages(one)
        with right:
            cases(one, window, narrowed(one, by) or within)


def drop() -> None:
    st.query_params.pop("of", None)


def in_words(formula: str) -> str:
    """Write the measures of a formula as words: `sum(unbilled_time)` → sum(unbilled time)."""
    return formula.replace("_", " ")


def groups(one: Kpi, by: str) -> None:
    key = f"parts_{one.kpi}_{by}_{len(one.groups)}"
    st.dataframe(
        {
            PARTS[by].removeprefix("By ").capitalize(): [part(g.of, by) for g in one.groups],
            sentence(one.unit): [
                value(one_in(one, group.of, by), group.value)
                if group.value is not None
                else group_of(group.because)
                for group in one.groups
            ],
        },
        key=key,
        hide_index=True,
        row_height=31,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, one.groups),
        alt=f"{one.title} {PARTS[by].lower()}",
    )


def chosen(key: str, parts: Sequence[KpiGroup]) -> None:
    """Let the cases of the part alone be listed that was clicked; again, and they all are."""
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(parts):
        st.query_params["of"] = parts[cells[0][0]].of
    else:
        st.query_params.pop("of", None)


def narrowed(one: Kpi, by: str) -> str:
    """Return the part of which the cases are meant, where the address names one that is told."""
    of = st.query_params.get("of", "")
    told = by != "currency" and any(part.of == of for part in one.groups)
    return f"{by}={of}" if of and told else ""


def part(of: str, by: str) -> str:
    """Write a part's name: practices and the like are ids, clients and currencies are not."""
    return (sentence(of) if by == "practice" else of) or "not said"


def group_of(because: str | None) -> str:
    """Write why a part has no figure: nothing of it in this window, or what is missing."""
    told = because or ""
    return DASH if told.endswith("in this window") else sentence_of(told)


def one_in(one: Kpi, of: str, by: str) -> Kpi:
    """Return the KPI as it is told in the currency *of*, when that is what parts it."""
    return Kpi(unit=one.unit, currency=of if by == "currency" else one.currency)


def ages(one: Kpi) -> None:
    if one.ages:
        st.dataframe(
            {
                "Open for": [
                    f"{age.over} to {age.up_to} days" if age.up_to else f"over {age.over} days"
                    for age in one.ages
                ],
                "Amount": [aged(one, age) for age in one.ages],
            },
            hide_index=True,
            row_height=31,
            alt="What stands open, by age",
        )


def aged(one: Kpi, age: Aged) -> str:
    if age.currency is None:
        return f"{amount(age.value, 1)}{UNITS['hours'] if one.unit == 'hours' else ''}"
    return short_money(Money(amount=age.value, currency=age.currency))


def behind(one: Kpi, window: str, within: str) -> list[KpiCase]:
    """Return the first cases; those of one part may lie on several pages."""
    found: list[KpiCase] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        asked: Query = {"window": window, "within": within, "limit": LISTED, "cursor": cursor}
        page = read(f"/v1/kpis/{one.kpi}/cases", KpiCases, **asked)
        found += page.items
        cursor = page.next_cursor
        if cursor is None or len(found) >= LISTED:
            break
    return found[:LISTED]


def cases(one: Kpi, window: str, within: str) -> None:
    items = behind(one, window, within)
    dimension, _, of = within.partition("=")
    if of:
        st.button(
            f"Only {part(of, dimension)}",
            icon=":material/close:",
            key="of_clear",
            on_click=drop,
            help="Show the cases of all parts",
        )
    if not items:
        st.html('<span class="cp-muted">No case stands behind it in this window.</span>')
        return
    st.dataframe(
        {
            "Case": [f"case?instance={case.id}#{case.title}" for case in items],
            "When": [moment(case.at) for case in items],
            "Adds": [
                several(case.amounts)
                if case.amounts
                else f"{amount(case.days, 1)} d{f' in {case.n}' if case.n > 1 else ''}"
                if case.days is not None
                else f"{amount(case.quantity, 1)}{UNITS['hours'] if one.unit == 'hours' else ''}"
                if case.quantity is not None
                else str(case.n)
                for case in items
            ],
        },
        hide_index=True,
        row_height=31,
        height=min(TABLE_HEIGHT, 40 + 31 * len(items)),
        column_config={"Case": st.column_config.LinkColumn("Case", display_text="#(.*)$")},
        alt=f"The cases behind {one.title}",
    )
