"""What was observed of a contract beside what it declares, and where the two have parted."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from ui.charts import canvas, kept
from ui.client import read
from ui.components import heading
from ui.components.state import chip
from ui.components.style import colours
from ui.display import DASH, count, day, percent, plural
from ui.records import (
    Conformance,
    Drifted,
    ObservedConsumer,
    ObservedField,
    ObservedProducer,
    Refusals,
)
from ui.views import names
from ui.views.shown import Shown, contract_path

WINDOWS = {"30d": "30 days", "90d": "90 days", "all": "All time"}
ROW = "grid-template-columns:1.5fr 1fr .7fr 150px"
DRIFTS = {
    "field-never-told": ("none", "Never told"),
    "field-undeclared": ("warning", "Not declared"),
    "field-always-null": ("none", "Always null"),
    "value-never-told": ("none", "Never told"),
    "value-undeclared": ("warning", "Not declared"),
}


def tab(shown: Shown) -> None:
    window = st.segmented_control(
        "Window",
        list(WINDOWS),
        default="30d",
        required=True,
        format_func=WINDOWS.__getitem__,
        key=f"observed_{shown.contract.subject}",
        label_visibility="collapsed",
    )
    path = f"{contract_path(shown.contract.subject)}/conformance"
    found = read(path, Conformance, window=window or "30d", version=shown.version.version)
    if not found.valid + found.refused:
        api = shown.contract.kind == "api"
        why = "Calls of an API are not watched." if api else "No event of it came in this time."
        st.html(f'<div class="cp-body cp-muted">{why}</div>')
        readers(found.consumers)
        return
    figures(found)
    trend(found)
    producers(found.producers)
    readers(found.consumers)
    refused(found.refusals)
    drift(found)


def figures(found: Conformance) -> None:
    strangers = sum(not one.declared for one in found.producers)
    told = (
        ("Valid share", percent(found.share, 2)),
        ("Kept it", count(found.valid)),
        ("Refused", count(found.refused)),
        ("Producers not declared", count(strangers)),
        ("Places of drift", count(len(found.fields.drift)) if found.fields.evaluated else DASH),
    )
    heading.figures(told)


def trend(found: Conformance) -> None:
    st.plotly_chart(
        kept.figure(found.trend, colours()),
        theme=None,
        config=canvas.options("events-by-day"),
        key="observed_trend",
        alt=kept.alt(found.trend),
    )


def producers(every: Sequence[ObservedProducer]) -> None:
    heading.eyebrow(plural(len(every), "producer"))
    st.html("".join(producer_html(one) for one in every))


def producer_html(one: ObservedProducer) -> str:
    state = chip("clear", "Declared") if one.declared else chip("warning", "Not declared")
    owner = f"owned by {names.team(one.owner)}" if one.owner else "nobody said who owns it"
    came = f"{percent(one.share)} of {count(one.valid + one.refused)}"
    return (
        f'<div class="cp-row" style="{ROW}"><span><b>{escape(one.system)}</b> '
        f'<span class="cp-muted">{escape(one.source)}</span></span>'
        f'<span class="cp-muted">{escape(owner)}, last {day(one.last_at)}</span>'
        f'<span class="cp-num">{came}</span><span>{state}</span></div>'
    )


def readers(every: Sequence[ObservedConsumer]) -> None:
    if not every:
        return
    heading.eyebrow(plural(len(every), "consumer"))
    st.html("".join(reader_html(one) for one in every))


def reader_html(one: ObservedConsumer) -> str:
    state = chip("clear", "Declared") if one.declared else chip("warning", "Not declared")
    seen = f"told {plural(one.seen, 'step')} that follow on it" if one.seen else "not seen"
    return (
        f'<div class="cp-row" style="{ROW}"><b>{escape(one.system)}</b>'
        f'<span class="cp-muted">{escape(seen)}</span><code>{escape(one.versions or DASH)}</code>'
        f"<span>{state}</span></div>"
    )


def refused(every: Sequence[Refusals]) -> None:
    if not every:
        return
    heading.eyebrow("Refused over")
    st.html(
        "".join(
            f'<div class="cp-row" style="{ROW}"><code>{escape(one.pointer or DASH)}</code>'
            f'<span class="cp-muted">{escape(", ".join(one.sources))}</span>'
            f'<span class="cp-num">{plural(one.events, "event")}</span>'
            f"<span>{chip('blocked', one.reason)}</span></div>"
            for one in every
        )
    )


def drift(found: Conformance) -> None:
    told = found.fields
    looked = f"{count(told.looked)} of {count(told.events)} events of {told.version} were looked at"
    heading.eyebrow(f"Drift of the fields · {looked}")
    if not told.evaluated:
        st.html(f'<div class="cp-body">{chip("not_evaluated")} {escape(told.because or "")}</div>')
        return
    none = '<div class="cp-body cp-muted">The events tell just what is declared.</div>'
    st.html("".join(drift_html(one) for one in told.drift) or none)
    with st.expander(f"All {plural(len(told.items), 'field')}"):
        fields(told.items)
        st.html(f'<span class="cp-muted">{escape(told.sampled)}</span>')


def drift_html(one: Drifted) -> str:
    state, word = DRIFTS.get(one.id, ("warning", one.id))
    return (
        '<div class="cp-row" style="grid-template-columns:1fr 1.7fr 150px">'
        f"<code>{escape(one.pointer)}</code><span>{escape(one.message)}</span>"
        f"<span>{chip(state, word)}</span></div>"
    )


def fields(every: Sequence[ObservedField]) -> None:
    st.dataframe(
        {
            "Field": [one.pointer for one in every],
            "Declared": [one.declared for one in every],
            "Required": [one.required for one in every],
            "Told": [one.times for one in every],
            "Absent": [percent(one.absent) for one in every],
            "Null": [percent(one.null) for one in every],
            "By": [", ".join(one.sources) for one in every],
        },
        hide_index=True,
        row_height=31,
        alt="Every field that is declared or was seen",
    )
