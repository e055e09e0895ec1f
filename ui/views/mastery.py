"""Systems of record: which system may change which attribute, and where another one has."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

import streamlit as st

from ui.client import ApiError, put, read
from ui.components import heading, notice
from ui.components.state import chip
from ui.records import MasteredEntity, SystemsOfRecord
from ui.views import names

LIMIT = 500


def screen() -> None:
    heading.screen(
        "Systems of record", "One system may change an attribute; the others hold copies"
    )
    board()


@st.fragment(key="mastery")
@notice.told("mastery")
def board() -> None:
    items = read("/v1/systems-of-record", SystemsOfRecord).items
    with st.container(border=True, key="card_mastery"):
        if items:
            matrix(items)
        else:
            st.html(
                '<div class="cp-body cp-muted">Nobody has said which system is the record of what. '
                "From when it is said, a field that another system changes is an exception.</div>"
            )
    with st.container(border=True, key="card_master"):
        name(items)


def matrix(items: Sequence[MasteredEntity]) -> None:
    systems = sorted({system for one in items for system in one.attributes.values()})
    columns = f"grid-template-columns:1.4fr repeat({len(systems)},minmax(0,1fr)) 190px"
    head = "".join(f'<span class="cp-muted">{escape(one)}</span>' for one in ("", *systems, ""))
    rows = [f'<div class="cp-row cp-head" style="{columns}">{head}</div>']
    for one in items:
        owner = f"heard by {names.team(one.owner)}" if one.owner else "nobody hears of strays"
        rows.append(
            f'<div class="cp-row" style="{columns}"><span><b>{escape(one.title)}</b> '
            f'<span class="cp-muted">{escape(owner)}</span></span></div>'
        )
        rows += [attribute_html(one, each, systems, columns) for each in sorted(one.attributes)]
    st.html("".join(rows))


def attribute_html(
    one: MasteredEntity, attribute: str, systems: Sequence[str], columns: str
) -> str:
    cells = "".join(
        f'<span title="{escape(system)}">{chip("running", "Record")}</span>'
        if one.attributes[attribute] == system
        else '<span class="cp-muted">·</span>'
        for system in systems
    )
    strayed = one.strayed.get(attribute, 0)
    told = chip("breached", f"{strayed} told by others") if strayed else chip("clear", "Kept")
    return (
        f'<div class="cp-row" style="{columns}"><code style="padding-left:12px;background:none">'
        f"{escape(attribute)}</code>{cells}<span>{told}</span></div>"
    )


def name(items: Sequence[MasteredEntity]) -> None:
    """Draw the form by which a steward names the record of an attribute."""
    heading.eyebrow("Name the record of an attribute")
    with (
        st.form("master", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        entity = st.text_input("Entity", placeholder="customer")
        attribute = st.text_input("Attribute", placeholder="country")
        system = st.text_input("System", placeholder="crm")
        sent = st.form_submit_button("Name it", type="primary")
    if sent and entity and attribute and system:
        add(items, entity.strip(), attribute.strip(), system.strip())


def add(items: Sequence[MasteredEntity], entity: str, attribute: str, system: str) -> None:
    known = next((one for one in items if one.entity == entity), MasteredEntity())
    body: dict[str, object] = {"attributes": {**known.attributes, attribute: system}}
    body |= {"owner": known.owner} if known.owner else {}
    body |= {"title": known.title} if known.title and known.title != known.entity else {}
    try:
        put(f"/v1/systems-of-record/{quote(entity, safe='')}", body)
    except ApiError as error:
        notice.refuse(error)
        return
    notice.say(f"{system} is the record of {attribute} of {entity}")
    st.rerun()
