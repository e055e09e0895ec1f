"""The frame: navigation, the style sheet, and what is shown when the API does not answer."""

import streamlit as st

from ui.client import ApiError
from ui.components import notice, style
from ui.launch import HOME
from ui.views import (
    case,
    contracts,
    corrections,
    deprecations,
    exceptions,
    health,
    integrations,
    kpis,
    links,
    mastery,
    month_end,
    objectives,
    process_map,
    reconciliations,
    roi,
    rules,
    signing,
    work,
)

ICON = HOME / "static" / "icon.png"

st.set_page_config(
    page_title="Control plane",
    page_icon=str(ICON),
    layout="wide",
    initial_sidebar_state="auto",
)

OVERVIEW = st.Page(
    health.screen,
    title="Process health",
    icon=":material/monitoring:",
    url_path="health",
    default=True,
)
INBOX = st.Page(
    exceptions.screen, title="Exceptions", icon=":material/inbox:", url_path="exceptions"
)
CASE = st.Page(case.screen, title="Case", icon=":material/timeline:", url_path="case")
CATALOGUE = st.Page(
    contracts.screen, title="Contracts", icon=":material/schema:", url_path="contracts"
)
ENDINGS = st.Page(
    deprecations.screen,
    title="Deprecations",
    icon=":material/event_busy:",
    url_path="deprecations",
)
FLOWS = st.Page(
    integrations.screen, title="Integrations", icon=":material/hub:", url_path="integrations"
)
RECORDS = st.Page(
    mastery.screen,
    title="Systems of record",
    icon=":material/database:",
    url_path="systems-of-record",
)
WORK = st.Page(work.screen, title="My work", icon=":material/task_alt:", url_path="work")
FLOW = st.Page(
    process_map.screen, title="Process map", icon=":material/account_tree:", url_path="map"
)
AGREEMENT = st.Page(
    reconciliations.screen,
    title="Reconciliation",
    icon=":material/balance:",
    url_path="reconciliation",
)
PROMISES = st.Page(objectives.screen, title="SLAs", icon=":material/timer:", url_path="slas")
RIGHTED = st.Page(
    corrections.screen, title="Corrections", icon=":material/history:", url_path="corrections"
)
FIGURES = st.Page(kpis.screen, title="KPIs", icon=":material/speed:", url_path="kpis")
MONTH_END = st.Page(
    month_end.screen, title="Month end", icon=":material/event_available:", url_path="month-end"
)
GAIN = st.Page(roi.screen, title="Before and after", icon=":material/trending_up:", url_path="roi")
RULES = st.Page(rules.screen, title="Rules", icon=":material/rule:", url_path="rules")
BY_PATH = {
    "exceptions": INBOX,
    "case": CASE,
    "contracts": CATALOGUE,
    "rules": RULES,
    "slas": PROMISES,
    "map": FLOW,
}

chosen = st.navigation(
    {
        "Observe": [
            OVERVIEW,
            INBOX,
            CASE,
            PROMISES,
            FLOW,
            FIGURES,
            AGREEMENT,
            MONTH_END,
            RIGHTED,
            GAIN,
        ],
        "Govern": [WORK, CATALOGUE, ENDINGS, FLOWS, RECORDS, RULES],
    },
    position="sidebar",
    expanded=True,
)
wanted = links.going()
if wanted:
    st.switch_page(BY_PATH[wanted[0]], query_params=wanted[1])
st.logo(str(ICON), size="large")
style.apply()
signing.corner()
try:
    chosen.run()
except ApiError as error:
    notice.failed(error)
