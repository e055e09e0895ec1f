"""
How work really flows: activities, and the ways from one to the next.

A way is as thick as it is used; its label says how long half of the cases take at most. The
layout is Graphviz's, drawn by the browser.
"""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import accumulate

from ui.display import count, duration, named
from ui.records import ActivitySeen, Picture, Way
from ui.theme import Palette

WRAPPED = 22
THINNEST, THICKEST = 0.8, 6.0


def shown(ways: Sequence[Way], share: float) -> list[Way]:
    """
    Return the most used ways that make up *share* of all passages, at least one; and of every
    activity on them the most used way to it and from it, so that none begins or ends by hiding.
    """
    ranked = sorted(ways, key=lambda one: (-one.took.count, one.source, one.target))
    wanted = share * sum(way.took.count for way in ways)
    covered = accumulate((way.took.count for way in ranked), initial=0)
    most_used = [way for way, before in zip(ranked, covered, strict=False) if before < wanted]
    named = {end for way in most_used for end in (way.source, way.target)}
    into = {way.target: way for way in reversed(ranked) if way.source != way.target}
    outof = {way.source: way for way in reversed(ranked) if way.source != way.target}
    kept = {*most_used, *(side[one] for side in (into, outof) for one in named if one in side)}
    return [way for way in ranked if way in kept]


def dot(picture: Picture, share: float, colours: Palette) -> str:
    """Return the map in Graphviz's language."""
    ways = shown(picture.ways, share)
    named = {end for way in ways for end in (way.source, way.target)}
    activities = [one for one in picture.activities if one.activity in named or not ways]
    most = max((one.events for one in activities), default=1)
    widest = max((way.took.count for way in ways), default=1)
    lines = [
        *_look(colours),
        *(_node(one, most, colours) for one in activities),
        *(_edge(way, widest) for way in ways),
    ]
    return "\n".join(["digraph {", *lines, "}"])


def alt(picture: Picture, share: float) -> str:
    ways = shown(picture.ways, share)
    first = "; ".join(
        f"{named(way.source)} to {named(way.target)}, {count(way.took.count)}" for way in ways[:3]
    )
    return f"Map of {len(picture.activities)} activities and {len(ways)} ways. Most used: {first}."


def _look(colours: Palette) -> Iterator[str]:
    yield 'graph [rankdir=TB bgcolor="transparent" nodesep=0.6 ranksep=0.3]'
    yield 'node [shape=box style="rounded,filled" fontname="Inter" fontsize=12 margin="0.14,0.07"]'
    yield f'node [fontcolor="{colours.text}" color="{colours.line}"]'
    yield f'edge [fontname="Inter" fontsize=10 arrowsize=0.7 color="{colours.primary}"]'
    yield f'edge [fontcolor="{colours.muted}"]'


def _node(one: ActivitySeen, most: int, colours: Palette) -> str:
    words = "\n".join(textwrap.wrap(named(one.activity), WRAPPED))
    label = _quoted(f"{words}\n{count(one.events)}")
    depth = 0.12 + 0.4 * one.events / most
    return f"{_quoted(one.activity)} [label={label} fillcolor={_quoted(_hex(colours, depth))}]"


def _edge(way: Way, widest: int) -> str:
    took = way.took
    thick = THINNEST + (THICKEST - THINNEST) * took.count / widest
    label = _quoted(f"  {duration(took.median_seconds)}\n  {count(took.count)}")  # beside its line
    return f"{_quoted(way.source)} -> {_quoted(way.target)} [label={label} penwidth={thick:.1f}]"


def _hex(colours: Palette, depth: float) -> str:
    return f"{colours.primary}{round(depth * 255):02X}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
