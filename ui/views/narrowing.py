"""The filters of the inbox: they live in the address, so that a link shows what its sender saw."""

from collections.abc import Callable, Sequence

import streamlit as st

from ui.display import sentence
from ui.views import inbox, names
from ui.views.inbox import Filters

ONLY = ("within", "incident", "closed")
"""What the address alone narrows the list to: a process, an incident, a window."""


def chosen(who: str) -> Filters:
    """Draw the filters; return what they say."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="filters"):
        view = _view(who)
        text = _search()
        sla = _several("SLA state", "sla", inbox.SLA_STATES, sentence, 130)
        stage = _several("Stage", "stage", list(names.stages()), names.stage, 120)
        with st.popover("More", icon=":material/tune:", key="more"):
            priority = _several("Priority", "priority", inbox.PRIORITIES, str, 260)
            severity = _several("Severity", "severity", inbox.SEVERITIES, sentence, 260)
            late = _only("Nobody works it in time", "late")
            asked = _only("A waiver is asked for", "asked")
        only = {name: st.query_params.get(name, "") for name in ONLY}
        _dropping(only, view)
    return Filters(
        view=view,
        text=text,
        sla=sla,
        stage=stage,
        severity=severity,
        priority=priority,
        late=late,
        asked=asked,
        process=only["within"],
        incident=only["incident"],
        closed=only["closed"] if view == "closed" else "",
        sort=inbox.sort(),
        page=inbox.page(),
    )


def clear() -> None:
    st.session_state.update(q="", sla=[], stage=[], severity=[], priority=[], view="open")
    st.session_state.update(late=False, asked=False)
    first_page()
    for name in ONLY:
        st.query_params.pop(name, None)


def drop(name: str) -> None:
    st.query_params.pop(name, None)


def first_page() -> None:
    inbox.turn_to(1)


def _view(who: str) -> str:
    view = st.segmented_control(
        "View",
        [name for name in inbox.VIEWS if who or name != "mine"],
        default="open",
        required=True,
        format_func=inbox.VIEWS.__getitem__,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        on_change=first_page,
    )
    return view or "open"


def _search() -> str:
    text = st.text_input(
        "Search",
        type="search",
        placeholder="Client, case, rule…",
        key="q",
        bind="query-params",
        label_visibility="collapsed",
        width=165,
        live="300ms",
        on_change=first_page,
    )
    return text or ""


def _several(
    label: str, key: str, options: Sequence[str], words: Callable[[str], str], width: int
) -> tuple[str, ...]:
    return tuple(
        st.multiselect(
            label,
            options,
            format_func=words,
            key=key,
            bind="query-params",
            placeholder=label,
            label_visibility="collapsed",
            width=width,
            on_change=first_page,
        )
    )


def _only(label: str, key: str) -> bool:
    return bool(st.toggle(label, key=key, bind="query-params", on_change=first_page))


def _dropping(only: dict[str, str], view: str) -> None:
    """Draw a button for each thing that the address alone narrows the list to."""
    words = {
        "within": f"Only {names.process(only['within'])}" if only["within"] else "",
        "closed": _window(only["closed"]) if view == "closed" else "",
    }
    for name, said in words.items():
        if said:
            st.button(
                said,
                icon=":material/close:",
                key=f"{name}_clear",
                on_click=drop,
                args=(name,),
                help="Show the others too",
            )


def _window(window: str) -> str:
    days = window.removesuffix("d")
    return f"Last {days} days" if days.isdecimal() else ""
