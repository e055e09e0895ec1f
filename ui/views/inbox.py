"""
What the inbox shows: the saved view, the filters, the page, and which exception is open.

The list that was read stays until the reader changes it, so no row moves under the hand.
"""

import hashlib

import msgspec
import streamlit as st

from ui.client import MissingError, Query, holds_token, read, read_steady
from ui.records import Actor, ExceptionPage, ProcessException

PAGE = 50
STANDING = "open,acknowledged"
OVER = "25000"
LOCAL = "local"

VIEWS = {
    "open": "All open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "due": "Due in 24 h",
    "over": "Over 25k",
    "closed": "Closed",
    "everything": "Everything",
}
STATUS = {"closed": "resolved", "everything": None}
SORTS = {
    "priority": "Priority",
    "used": "SLA used",
    "money": "Amount",
    "newest": "Newest",
    "oldest": "Oldest",
}
SEVERITIES = ("critical", "high", "medium", "low")
PRIORITIES = ("P1", "P2", "P3", "P4")
SLA_STATES = ("breached", "at_risk", "on_track")


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    view: str = "open"
    text: str = ""
    sla: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    late: bool = False
    asked: bool = False
    process: str = ""
    incident: str = ""
    closed: str = ""
    sort: str = "priority"
    page: int = 1

    @property
    def signature(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]

    @property
    def narrowed(self) -> bool:
        several = (self.sla, self.stage, self.severity, self.priority, self.late, self.asked)
        return bool(self.text or self.process or self.incident or self.closed or any(several))


def query(filters: Filters, actor: str) -> Query:
    """Return the API's parameters for *filters* as *actor* means them."""
    saved: dict[str, Query] = {
        "mine": {"assignee": actor},
        "unassigned": {"unassigned": "true"},
        "due": {"due_within_hours": 24},
        "over": {"min_amount": OVER},
        "closed": {"resolved_window": filters.closed},
    }
    return {
        "status": STATUS.get(filters.view, STANDING),
        "q": filters.text,
        "sla": ",".join(filters.sla),
        "stage": ",".join(filters.stage),
        "severity": ",".join(filters.severity),
        "handled_late": "true" if filters.late else None,
        "waiver_asked": "true" if filters.asked else None,
        "priority": ",".join(filters.priority),
        "process": filters.process,
        "incident": filters.incident,
        "sort": filters.sort,
        **saved.get(filters.view, {}),
    }


def paged(filters: Filters, actor: str) -> Query:
    return {**query(filters, actor), "limit": PAGE, "offset": (filters.page - 1) * PAGE}


def sort() -> str:
    """Return the order that the reader chose, or that the address names, before it is drawn."""
    by_title = {title: name for name, title in SORTS.items()}
    named = by_title.get(st.query_params.get("sort", ""), "priority")
    return str(st.session_state.get("sort", named))


def page() -> int:
    """Return the page that the address names; the first where it names none."""
    asked = st.query_params.get("page", "")
    return max(int(asked), 1) if asked.isdecimal() and asked.isascii() else 1


def turn_to(number: int) -> None:
    if number > 1:
        st.query_params["page"] = str(number)
    else:
        st.query_params.pop("page", None)


def actor() -> str:
    """Return the name that the API gives the reader; empty where it tells none."""
    try:
        return read_steady("/v1/me", Actor).actor
    except MissingError:
        return "" if holds_token() else LOCAL


def held(filters: Filters, who: str) -> ExceptionPage:
    """Return the page that the reader has before them, reading it when it is another one."""
    kept = st.session_state.get("inbox_page")
    if kept is None or kept[0] != filters.signature:
        page = read("/v1/exceptions", ExceptionPage, **paged(filters, who))
        st.session_state["inbox_turn"] = turn() + 1
        st.session_state["inbox_page"] = kept = (filters.signature, page)
    return kept[1]


def turn() -> int:
    """Return how often a list was read: a table of another list is another table."""
    return int(st.session_state.get("inbox_turn", 0))


def refresh() -> None:
    """Let the next run read the list again."""
    st.session_state.pop("inbox_page", None)


def newly(filters: Filters, who: str, page: ExceptionPage) -> int:
    """Return how many more exceptions there are now than on the list as it was read."""
    now = read("/v1/exceptions", ExceptionPage, **{**query(filters, who), "limit": 1})
    return max((now.total or 0) - (page.total or 0), 0)


def selected() -> str | None:
    return st.query_params.get("exception")


def select(exception: str | None) -> None:
    if exception:
        st.query_params["exception"] = exception
    else:
        st.query_params.pop("exception", None)


def beside(items: tuple[ProcessException, ...], step: int) -> str | None:
    """Return the id *step* rows from the open one, or None where the list ends."""
    ids = [item.id for item in items]
    at = ids.index(selected() or "") if selected() in ids else 0
    return ids[at + step] if 0 <= at + step < len(ids) else None
