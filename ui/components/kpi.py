"""The strip of figures at the top of a screen: each opens the list behind it."""

from collections.abc import Sequence

import msgspec
import streamlit as st

from ui.components.state import SHAPES, tone
from ui.components.style import colours
from ui.display import sentence


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`trend` and `target` draw the line below; `state` is a state of the glossary or None."""

    id: str
    label: str
    value: str
    note: str
    state: str | None = None
    trend: tuple[float, ...] = ()
    target: float | None = None


CSS = """
.strip{display:grid;grid-template-columns:repeat(var(--fit,auto-fit),minmax(var(--least,168px),1fr));gap:12px;
  font-family:var(--st-font)}
button{all:unset;box-sizing:border-box;cursor:pointer;background:var(--card);
  border:1px solid var(--st-border-color);border-radius:10px;padding:11px 13px 0;
  position:relative;overflow:hidden;min-height:112px;min-width:0;display:flex;
  flex-direction:column}
button:hover{border-color:var(--st-primary-color)}
button:focus-visible{outline:2px solid var(--st-primary-color);outline-offset:2px}
.label{font-size:12px;color:var(--muted);font-weight:500;white-space:nowrap;overflow:hidden;
  text-overflow:ellipsis}
.state{font-weight:700;white-space:nowrap}
.value{font-size:25px;font-weight:700;letter-spacing:-.02em;color:var(--st-text-color);
  font-variant-numeric:tabular-nums;line-height:1.25;white-space:nowrap;overflow:hidden;
  text-overflow:ellipsis}
.value.long{font-size:17px;line-height:1.84}
.note{font-size:11.5px;line-height:1.3;color:var(--muted);padding-bottom:4px}
@media (max-width:1180px){
  .strip{grid-template-columns:repeat(var(--fit,auto-fit),minmax(200px,1fr))}
}
svg{display:block;width:calc(100% + 26px);margin:auto -13px 0;height:30px}
"""

JS = """
const SVG = "http://www.w3.org/2000/svg";
function part(parent, name, text) {
  const made = document.createElement(name === "state" ? "span" : "div");
  made.className = name;
  made.textContent = text;
  parent.appendChild(made);
  return made;
}
function shape(parent, name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.appendChild(made);
}
function line(parent, figure, muted) {
  const values = figure.trend, all = values.concat(figure.target ?? []);
  const low = Math.min(...all), span = (Math.max(...all) - low) || 1;
  const y = v => (30 - 26 * (v - low) / span).toFixed(1);
  const points = values.map((v, i) => `${(i * 200 / (values.length - 1)).toFixed(1)},${y(v)}`);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 200 34");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  shape(svg, "polygon", {points: `0,34 ${points.join(" ")} 200,34`, fill: figure.fill,
    opacity: ".14"});
  if (figure.target != null) shape(svg, "line", {x1: 0, x2: 200, y1: y(figure.target),
    y2: y(figure.target), stroke: muted, "stroke-dasharray": "3 3", opacity: ".7",
    "vector-effect": "non-scaling-stroke"});
  shape(svg, "polyline", {points: points.join(" "), fill: "none", stroke: figure.fill,
    "stroke-width": "1.8", "vector-effect": "non-scaling-stroke"});
  parent.appendChild(svg);
}
export default function ({data, parentElement, setTriggerValue}) {
  let strip = parentElement.querySelector(".strip");
  if (!strip) {
    strip = document.createElement("div");
    strip.className = "strip";
    parentElement.appendChild(strip);
  }
  strip.style.setProperty("--card", data.card);
  strip.style.setProperty("--muted", data.muted);
  strip.style.setProperty("--fit", data.fit);
  strip.style.setProperty("--least", data.fit == "auto-fit" ? "150px" : "168px");
  const focused = [...strip.children].indexOf(parentElement.activeElement ?? null);
  strip.replaceChildren();
  for (const figure of data.figures) {
    const button = document.createElement("button");
    button.setAttribute("aria-label",
      `${figure.label}: ${figure.value}. ${figure.note}. ${figure.word} Open the list.`);
    button.title = `${figure.label}: ${figure.note}`;
    part(button, "label", figure.label);
    const value = part(button, "value", figure.value);
    if (figure.value.length > 9) value.classList.add("long");
    const note = part(button, "note", "");
    if (figure.word) {
      part(note, "state", figure.word).style.color = figure.ink;
      note.append(" · ");
    }
    note.append(figure.note);
    if (figure.trend.length > 1) line(button, figure, data.muted);
    button.onclick = () => setTriggerValue("opened", figure.id);
    strip.appendChild(button);
  }
  if (focused >= 0) strip.children[focused]?.focus();
}
"""


def drawn(figure: Figure) -> dict[str, object]:
    shade = tone(figure.state)
    word = f"{SHAPES[shade]} {sentence(figure.state)}" if figure.state else ""
    ink = colours().words(shade)
    return {**msgspec.to_builtins(figure), "fill": colours().fill(shade), "ink": ink, "word": word}


def strip(figures: Sequence[Figure], *, key: str, alike: bool = False) -> str | None:
    """
    Draw *figures*; return the id of the one just opened. They fill the row, unless all strips
    of a screen are to have tiles *alike*.
    """
    component = st.components.v2.component("kpi_strip", css=CSS, js=JS)
    shades = colours()
    data = {
        "card": shades.card,
        "muted": shades.muted,
        "fit": "auto-fill" if alike else "auto-fit",
        "figures": [drawn(figure) for figure in figures],
    }
    result = component(data=data, key=key, on_opened_change=lambda: None, height="content")
    opened = result.opened
    return opened if isinstance(opened, str) else None
