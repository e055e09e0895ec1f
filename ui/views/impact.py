"""What a version touches: who reads it, what rests on it, what runs and what that is worth."""

from collections.abc import Iterator, Sequence
from html import escape

import streamlit as st

from ui.client import read
from ui.components.state import chip
from ui.display import DASH, count, plural, several
from ui.records import Consuming, Dependant, Heard, Impact, InFlight
from ui.views import names, replay
from ui.views.shown import Shown

SHOWN = 40
ROW = "grid-template-columns:1.5fr 1.5fr auto"


def tab(shown: Shown) -> None:
    found = read(f"{shown.path}/impact", Impact)
    st.html(banner(found) + figures(found))
    replay.draw(shown)
    st.html("".join(sections(found)))


def banner(found: Impact) -> str:
    touched = sum(bool(one.touched) for one in found.consumers)
    against = f"Against {found.against}: " if found.against else ""
    if found.broken:
        state, told = "breaking", f"{found.broken:,} in force could not stand as they are"
    elif touched:
        state, told = "warning", f"{plural(touched, 'consumer')} would feel it"
    else:
        state, told = "compatible", "nobody who reads it is touched"
    shade = {"breaking": "breach", "warning": "risk"}.get(state, "ok")
    return f'<div class="cp-verdict cp-{shade}"><b>{escape(against + told)}.</b></div>'


def figures(found: Impact) -> str:
    """Write how much there is of each kind, and how much of it is touched."""
    cells = (
        ("Consumers", len(found.consumers), sum(bool(one.touched) for one in found.consumers)),
        ("Rules", len(found.rules), hurt(found.rules)),
        ("Mappings", len(found.mappings), hurt(found.mappings)),
        ("Processes", len(found.processes), hurt(found.processes)),
        ("Promises", len(found.slas), hurt(found.slas)),
    )
    drawn = "".join(
        f'<div><span class="cp-muted">{name}</span><div>{count(number)}</div>'
        f'<span class="cp-muted">{count(touched)} touched</span></div>'
        for name, number, touched in cells
    )
    return f'<div class="cp-figures">{drawn}</div>'


def hurt(those: Sequence[Dependant]) -> int:
    return sum(bool(one.touched or one.problem) for one in those)


def sections(found: Impact) -> Iterator[str]:
    works = [one for one in found.in_flight if one.running]
    if works:
        yield section("Work that runs now", map(running, works))
    yield section("Consumers", map(consumer, found.consumers))
    yield from kinds(found)
    if found.routes:
        yield section("Who is told", map(hearer, found.routes))


def kinds(found: Impact) -> Iterator[str]:
    """Write what rests on the contract, what is touched first, the others on demand."""
    for title, those in (
        ("Rules", found.rules),
        ("Mappings", found.mappings),
        ("Processes", found.processes),
        ("Promises", found.slas),
    ):
        touched = [one for one in those if one.touched or one.problem]
        calm = [one for one in those if not (one.touched or one.problem)]
        if touched:
            yield section(f"{title} it touches", map(dependant, touched[:SHOWN]))
        if calm:
            rows = "".join(map(dependant, calm[:SHOWN]))
            counted = f"{title}: {count(len(calm))} that read it, not what changed"
            yield f'<details class="cp-beside"><summary>{counted}</summary>{rows}</details>'


def section(title: str, rows: Iterator[str]) -> str:
    drawn = "".join(rows) or f'<div class="cp-muted">{DASH}</div>'
    return f'<div class="cp-eyebrow" style="margin-top:10px">{escape(title)}</div>{drawn}'


def line(name: str, below: str, middle: str, mark: str) -> str:
    return (
        f'<div class="cp-row" style="{ROW}"><span><b>{escape(name)}</b><br>'
        f'<span class="cp-muted">{escape(below)}</span></span>'
        f"<span>{middle}</span><span>{mark}</span></div>"
    )


def consumer(one: Consuming) -> str:
    said = f"reads {one.versions}" if one.declared else "declared nothing"
    seen = f" · went on with it {plural(one.seen, 'time')}" if one.seen else ""
    if one.touched and one.follows:
        mark = chip("breaking", "Meets it at once")
    elif one.touched:
        mark = chip("warning", "When it moves")
    else:
        mark = chip("clear", "Not touched")
    return line(one.system, f"{said}{seen}", codes(one.touched), mark)


def dependant(one: Dependant) -> str:
    below = " · ".join(
        part for part in (one.within or names.process(one.process), names.team(one.owner)) if part
    )
    middle = escape(one.problem) if one.problem else codes(one.touched or one.reads)
    mark = chip("breaking", "Could not stand") if one.problem else ""
    if not mark and one.touched:
        mark = chip("warning", "Touched")
    return line(one.title or one.name, below, middle, mark)


def running(one: InFlight) -> str:
    if one.told is None:
        below, money = "too many run to look at each", f"{several(one.money)} in all"
    else:
        below = f"{count(one.told)} heard its events"
        money = several(one.told_money) if one.told else DASH
    mark = chip("running", plural(one.running, "running case"))
    return line(names.process(one.process), below, f"<b>{escape(money)}</b>", mark)


def hearer(one: Heard) -> str:
    about = f"of {plural(len(one.rules), 'rule')}" if one.rules else "of the change itself"
    return line(one.receiver, one.channel, about, "")


def codes(places: Sequence[str]) -> str:
    return " ".join(f"<code>{escape(one)}</code>" for one in places) or DASH
