"""Month end: what blocks invoices, what is not billed, whether the books agree, and sign-off."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from ui.client import ApiError, MissingError, read, read_steady, write
from ui.components import choice, heading, notice
from ui.components.state import mark
from ui.display import DASH, day, moment, plural, sentence, several
from ui.records import CheckedBooks, Kpi, MonthEnd, OpenAge, OpenLine, OpenPart, SignedMonth
from ui.views import names
from ui.views.links import exception_link

MONTHS = 12
KPI = "unbilled-approved-time"
WORST = {"breaks": 0, "not_checked": 1, "never_run": 2, "reconciled": 3}
BLOCKER = "blocker"
KINDS = {BLOCKER: "Invoice blockers", "unbilled": "Unbilled time"}
LEFT = {BLOCKER: "held up", "unbilled": "not billed"}
PATH = "/v1/month-end/sign-off"


def screen() -> None:
    entities = legal_entities()
    if entities is None:
        heading.screen("Month end")
        notice.without_pack(
            "Nothing says what a month is made of",
            "A month's end is told from approved time, blockers and reconciliations. Install the "
            "shipped pack, or one of your own:",
            key="no_entity",
        )
        return
    if not entities:
        heading.screen("Month end")
        notice.without_events(
            "No legal entity has approved time",
            "Entities are those that the client contracts of cases name. The simulated firm has "
            "some:",
            key="no_entity",
        )
        return
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        heading.screen("Month end", "What is open of a legal entity's month, and its sign-off")
        with st.container(horizontal=True, horizontal_alignment="right", width="content"):
            entity = choice.select("Legal entity", entities, name="entity", width=190)
            period = choice.select("Month", months(datetime.now(UTC)), name="period", width=150)
    month(entity, period)


def legal_entities() -> dict[str, str] | None:
    """Return the entities that have approved time; None where no KPI says so."""
    try:
        parts = read_steady(f"/v1/kpis/{KPI}", Kpi, by="legal_entity", window="all").groups
    except MissingError:
        return None
    return {one.of: one.of for one in parts if one.of}


def months(at: datetime) -> dict[str, str]:
    """Return the months before that of *at*, the last first, and behind them that one itself."""
    found, year, number = {}, at.year, at.month
    for _ in range(MONTHS):
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)
        begin = datetime(year, number, 1, tzinfo=UTC)
        found[f"{begin:%Y-%m}"] = f"{begin:%B %Y}"
    return found | {f"{at:%Y-%m}": f"{at:%B %Y}, not over"}


@st.fragment(key="month_end", run_every="10s")
@notice.told("month_end")
def month(entity: str, period: str) -> None:
    found = read("/v1/month-end", MonthEnd, entity=entity, period=period)
    with st.container(key="wide_month"):
        left, right = st.columns([1.8, 1], gap="small")
    with left:
        blockers(found.blockers)
        unbilled(found.unbilled)
    with right:
        signing(found)
        by_age(found.unbilled)
    books(found)
    st.caption(f":material/sensors: Live, every 10 s · as of {moment(found.as_of)}")


def blockers(part: OpenPart) -> None:
    with st.container(border=True, key="card_blockers"):
        heading.card(
            "Invoice blockers", f"{plural(part.lines, 'exception')} · {several(part.money)} held up"
        )
        listed(part.items, "Exceptions that block money", "What blocks it")
        if is_capped(part):
            st.caption("Of an engagement no more counts as held up than is left of it to bill.")


def is_capped(part: OpenPart) -> bool:
    """Whether the lines come to more, in some currency, than what counts of them."""
    told = [one for line in part.items for one in line.money]
    return any(
        sum(one.amount for one in told if one.currency == whole.currency) > whole.amount
        for whole in part.money
    )


def unbilled(part: OpenPart) -> None:
    with st.container(border=True, key="card_unbilled"):
        heading.card(
            "Unbilled approved time", f"{plural(part.lines, 'line')} · {several(part.money)}"
        )
        listed(part.items, "Approved time that is not invoiced", "What is open")


def by_age(part: OpenPart) -> None:
    with st.container(border=True, key="card_ages"):
        heading.card("Unbilled time by age", "days since its approval")
        st.dataframe(
            {
                "Open for": [aged(one) for one in part.ages],
                "Lines": [one.lines for one in part.ages],
                "Amount": [several(one.money) for one in part.ages],
            },
            hide_index=True,
            row_height=31,
            alt="Unbilled approved time by age",
        )


def aged(one: OpenAge) -> str:
    return f"{one.over} to {one.up_to} days" if one.up_to else f"over {one.over} days"


def listed(lines: Sequence[OpenLine], alt: str, about: str) -> None:
    if not lines:
        st.html('<span class="cp-muted">Nothing is open.</span>')
        return
    st.dataframe(
        {
            "Client": [f"case?instance={one.instance}#{one.title or one.case}" for one in lines],
            "Amount": [several(one.money) for one in lines],
            about: [told_of(one) for one in lines],
            "Since": [day(one.since) for one in lines],
        },
        hide_index=True,
        row_height=31,
        height=min(250, 40 + 31 * len(lines)),
        column_config={
            "Client": st.column_config.LinkColumn(width=205, display_text="#(.*)$"),
            about: st.column_config.LinkColumn(width=245, display_text="#(.*)$")
            if any(one.kind == BLOCKER for one in lines)
            else st.column_config.TextColumn(width=245),
            "Since": st.column_config.TextColumn(width=84),
            "Amount": st.column_config.TextColumn(width=70),
        },
        alt=alt,
    )


def told_of(one: OpenLine) -> str:
    """Write what a line is about; that of a blocker leads to its exception."""
    return f"{exception_link(one.id)}#{one.about}" if one.kind == BLOCKER else one.about


def books(found: MonthEnd) -> None:
    rows = sorted(found.reconciliations, key=lambda one: (WORST.get(one.state, 0), one.title))
    with st.container(border=True, key="card_books"):
        agree = sum(one.state == "reconciled" for one in rows)
        heading.card("Reconciliations of this entity and month", f"{agree} of {len(rows)} agree")
        told = {
            "Reconciliation": [
                f"reconciliation?reconciliation={one.reconciliation}#{one.title}" for one in rows
            ],
            "State": [mark(one.state) for one in rows],
            "Breaks": [one.broken for one in rows],
            "Of no case": [one.unplaced for one in rows],
            "Money": [several(one.money) for one in rows],
        }
        if found.signed is not None:
            then = {one.reconciliation: one for one in found.signed.reconciliations}
            told["At sign-off"] = [stood(then.get(one.reconciliation)) for one in rows]
        st.dataframe(
            told
            | {
                "Owner": [names.team(one.owner) for one in rows],
                "Run": [moment(one.ended_at) for one in rows],
            },
            hide_index=True,
            row_height=31,
            height=40 + 31 * max(len(rows), 1),
            column_config={
                "Reconciliation": st.column_config.LinkColumn(width=300, display_text="#(.*)$"),
                "Of no case": st.column_config.NumberColumn(
                    help="Breaks of lines that belong to no case, so to no entity"
                ),
                "At sign-off": st.column_config.TextColumn(
                    help="Breaks that stood when the month was signed off"
                ),
            },
            alt="How the reconciliations stand for this entity and month",
        )


def stood(then: CheckedBooks | None) -> str:
    """Write how a reconciliation stood at sign-off."""
    if then is None:
        return DASH
    breaks = then.broken + then.unplaced
    return plural(breaks, "break") if breaks else sentence(then.state)


def signing(found: MonthEnd) -> None:
    with st.container(border=True, key="card_sign_off"):
        heading.card("Sign-off", readiness(found))
        for one in (found.signed, found.before):
            if one is not None:
                st.markdown(told(one))
                kinds(one)
        if found.signed is None and found.period >= f"{datetime.now(UTC):%Y-%m}":
            st.caption("It can be signed off when the month is over.")
        elif found.signed is None:
            st.text_input("Comment", key=comment_key(found))
            st.button(
                "Sign off",
                key="sign_off",
                icon=":material/verified:",
                on_click=sign,
                args=(found,),
            )


def readiness(found: MonthEnd) -> str:
    """Write what stands between the month and its sign-off."""
    if found.signed is not None:
        return "Signed off"
    if found.ready:
        return "Ready"
    apart = sum(one.state != "reconciled" for one in found.reconciliations)
    parts = [
        plural(found.blockers.lines, "blocker") if found.blockers.lines else "",
        f"{plural(found.unbilled.lines, 'line')} not billed" if found.unbilled.lines else "",
        f"{plural(apart, 'reconciliation')} without agreement" if apart else "",
    ]
    return "Still open: " + ", ".join(part for part in parts if part)


def told(one: SignedMonth) -> str:
    """Write what became of what was open at sign-off."""
    after = one.outcome
    left = [one for one in after.kinds if one.still_open]
    money = "".join(f", {several(one.money_still_open)} {LEFT[one.kind]}" for one in left)
    comment = f" “{one.comment}”" if one.comment else ""
    apart = sum(each.state != "reconciled" for each in one.reconciliations)
    books = f" {plural(apart, 'reconciliation')} did not agree." if apart else ""
    return (
        f"**{named(one.period)}** signed off by {names.person(one.signed_by) or DASH} on "
        f"{moment(one.signed_at)}.{comment} "
        f"Of {after.open:,} open at sign-off, {after.cleared:,} cleared, "
        f"{after.still_open:,} still open{money}.{books} Digest `{one.digest[:12]}`."
    )


def named(period: str) -> str:
    return f"{datetime.strptime(period, '%Y-%m').replace(tzinfo=UTC):%B %Y}" if period else DASH


def kinds(one: SignedMonth) -> None:
    if one.outcome.kinds:
        st.dataframe(
            {
                "Open at sign-off": [KINDS.get(each.kind, each.kind) for each in one.outcome.kinds],
                "Then": [each.open for each in one.outcome.kinds],
                "Cleared": [each.cleared for each in one.outcome.kinds],
                "Now": [each.still_open for each in one.outcome.kinds],
                "Money now": [
                    several(each.money_still_open) if each.still_open else DASH
                    for each in one.outcome.kinds
                ],
            },
            hide_index=True,
            row_height=31,
            alt=f"What became of what was open when {named(one.period)} was signed off",
        )


def comment_key(found: MonthEnd) -> str:
    return f"comment_{found.entity}_{found.period}"


def unexplained(found: MonthEnd, comment: str) -> bool:
    """Whether something is open and nobody says why it may be."""
    return not (found.ready or comment)


def sign(found: MonthEnd) -> None:
    """Sign the month off for good; with something open, only when the comment says why."""
    comment = str(st.session_state[comment_key(found)]).strip()
    if unexplained(found, comment):
        notice.say(
            "Not signed off: something is open. Say in the comment why it may be; "
            "a sign-off is never changed.",
            icon=":material/edit:",
        )
        return
    body = {"entity": found.entity, "period": found.period, "comment": comment}
    try:
        write(PATH, body, key=f"sign-off {found.entity} {found.period}")
    except ApiError as error:
        notice.refuse(error)
        return
    notice.say(f"{named(found.period)} of {found.entity} is signed off")
