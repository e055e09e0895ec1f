"""Contracts: the catalogue on the left, one contract with its versions on the right."""

import re
from collections.abc import Mapping, Sequence

import streamlit as st

from ui.client import read
from ui.components import heading, notice
from ui.components.state import tone
from ui.display import DASH, plural, sentence
from ui.records import CataloguedContract, Contracts
from ui.theme import BADGES
from ui.views import contract, houserules, registration

HEIGHT = 740
TABLE_HEIGHT = 640
LIMIT = 500
FORMATS = {
    "jsonschema": "Events",
    "openapi": "APIs",
    "avro": "Avro",
    "asyncapi": "Messages",
    "protobuf": "Protobuf",
}
HASHED = re.compile(r"-[0-9a-f]{12}$")
STATES = ("published", "draft", "in_review", "approved", "deprecated", "retired")


def screen() -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        heading.screen("Contracts", "What systems promise each other · every version is kept")
        with st.container(horizontal=True, width="content"):
            houserules.popover()
            if st.button(
                "Register a contract", type="primary", icon=":material/add:", key="register"
            ):
                registration.start()
    catalogue()


@st.fragment(key="catalogue")
@notice.told("catalogue")
def catalogue() -> None:
    left, right = st.columns([0.88, 1.12], gap="small")
    with left.container(border=True, key="card_catalogue", height=HEIGHT):
        items = found()
        if items:
            listed(items)
    subject = st.query_params.get("subject") or (items[0].subject if items else None)
    if subject:
        with right:
            contract.pane(subject)


def found() -> Sequence[CataloguedContract]:
    """Draw the filters, which live in the address; return the contracts that they leave."""
    with st.container(horizontal=True, vertical_alignment="center"):
        text = st.text_input(
            "Find",
            type="search",
            placeholder="Name, owner, system…",
            key="contract",
            bind="query-params",
            live="250ms",
            label_visibility="collapsed",
        )
        form = narrowed("Format", FORMATS)
        status = narrowed("Status", {state: sentence(state) for state in STATES})
    asked = {"q": text, "format": form, "status": status}
    items = read("/v1/contracts", Contracts, **asked, limit=LIMIT).items
    if not items and not any(asked.values()):
        notice.without_pack(
            "No contract is registered",
            "Register the first one above, or install the shipped pack with those of a "
            "professional-services firm:",
            key="no_contract",
        )
    elif not items:
        notice.empty(
            "No contract matches",
            "Clear the search, or register the contract you were looking for.",
            notice.Offer(label="Clear the search", icon=":material/filter_alt_off:", act=clear),
            key="no_contract",
        )
    return items


def narrowed(label: str, titles: Mapping[str, str]) -> str | None:
    """Draw a filter of one value; return what was chosen."""
    return st.selectbox(
        label,
        list(titles),
        index=None,
        format_func=lambda one: titles.get(one, one),
        key=label.lower(),
        bind="query-params",
        placeholder=label,
        label_visibility="collapsed",
        width=118,
    )


def clear() -> None:
    st.session_state.update(contract="", format=None, status=None)


def listed(items: Sequence[CataloguedContract]) -> None:
    words = [sentence(state) for state in STATES]
    key = f"contracts_{len(items)}_{items[0].subject}"
    st.dataframe(
        {
            "subject": [called(one) for one in items],
            "status": [[sentence(one.status)] if one.status else [] for one in items],
            "version": [one.version or DASH for one in items],
            "format": [contract.FORMATS.get(one.format, one.format) for one in items],
            "readers": [one.consumer_count for one in items],
            "owner": [one.owner for one in items],
            "system": [one.system or DASH for one in items],
            "domain": [one.domain for one in items],
            "criticality": [sentence(one.criticality) for one in items],
        },
        key=key,
        hide_index=True,
        height=min(TABLE_HEIGHT, 40 + 31 * len(items)),
        row_height=31,
        selection_mode="single-cell",
        on_select=lambda: chosen(key, items),
        alt=f"Catalogue of {plural(len(items), 'contract')}",
        column_config={
            "subject": st.column_config.TextColumn("Contract", width=186),
            "status": st.column_config.MultiselectColumn(
                "Status", options=words, color=[BADGES[tone(s)] for s in STATES], width=92
            ),
            "version": st.column_config.TextColumn("Version", width=62),
            "format": st.column_config.TextColumn("Format", width=96),
            "readers": st.column_config.NumberColumn("Users", width=52),
            "owner": st.column_config.TextColumn("Owner", width=84),
            "system": st.column_config.TextColumn("System", width=84),
            "domain": st.column_config.TextColumn("Domain", width=84),
            "criticality": st.column_config.TextColumn("Criticality", width=76),
        },
    )


def called(one: CataloguedContract) -> str:
    """Return its subject; what a Kafka client calls it, where that is no name of ours."""
    return one.title if one.title and HASHED.search(one.subject) else one.subject


def chosen(key: str, items: Sequence[CataloguedContract]) -> None:
    cells = st.session_state[key].selection.cells
    if cells and cells[0][0] < len(items):
        st.query_params["subject"] = items[cells[0][0]].subject
        st.query_params.pop("version", None)
