"""KPIs in force, worked out from the rollups of the processes that they are of."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from controlplane.kept import Reader
from controlplane.measured import SOURCE, Measured, Reach, Shelf, Within, measured
from controlplane.registered import model_of
from governance.document import stores as documents
from observability.entity import stamp
from observability.health.window import Window
from observability.kpi import figure
from observability.kpi.document import Kpi, read_kpi
from observability.kpi.figure import Aged, KpiGroup, KpiPoint, KpiValue
from observability.kpi.formula import COUNTBACK
from observability.kpi.rates import Rates, read_rates
from observability.kpi.reckoning import Reckoning
from observability.kpi.series import Series, Span
from observability.model.model import Activity, Measurement, ProcessModel
from observability.rollup.contribution import DAY_MICROS
from rules.instant import to_micros

KIND = "kpi"
RATES = "rates"
CURRENCY = "currency"
USUAL = (CURRENCY, "client", "practice", "region", "legal_entity", SOURCE)
kpi_of = lru_cache(maxsize=256)(read_kpi)
rates_of = lru_cache(maxsize=16)(read_rates)


class Told(KpiValue, frozen=True, kw_only=True):
    """One KPI over a window; money in `currency`."""

    currency: str | None
    meets: bool | None
    since: datetime | None
    trend: list[KpiPoint]
    groups: list[KpiGroup]
    ages: list[Aged]


class Sampled(KpiValue, frozen=True, kw_only=True):
    """`value` was made from `sample` things; money in `currency`."""

    currency: str | None = None
    sample: int = 0


class _Looked(NamedTuple):
    """What a KPI was worked out from."""

    measures: Mapping[str, Measured]
    series: Mapping[str, Series]
    span: Span
    reckoning: Reckoning
    reach: Reach


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`within` a dimension's value; `by` what it is told apart."""

    window: Window
    by: str | None = None
    within: Within | None = None
    currency: str | None = None


def kpis(connection: Connection, process: str | None = None) -> list[Kpi]:
    """Return the KPIs in force, by name; of *process* alone when it is given."""
    found = [kpi_of(one.body) for one in documents.list_active(connection, KIND)]
    return [one for one in found if process in {None, one.process}]


def parts(connection: Connection) -> list[str]:
    """Return by what KPIs are told apart: what is usual, and the dimensions of the processes."""
    active = documents.list_active(connection, "process")
    return sorted({*USUAL, *(name for one in active for name in model_of(one.body).dimensions)})


def rates(connection: Connection) -> Rates | None:
    """Return the rates in force, the first by name."""
    active = documents.list_active(connection, RATES)
    return rates_of(active[0].body) if active else None


def tell(connection: Connection, kpi: Kpi, asked: Asked, shelf: Shelf | None = None) -> Told:
    """Return what *kpi* comes to as *asked*; a *shelf* keeps what is read for the next one."""
    shelf = shelf or Shelf(connection)
    looked = _look(connection, kpi, asked, shelf)
    if isinstance(looked, str):
        return _untold(looked)
    series, span, reckoning = looked.series, looked.span, looked.reckoning
    value = figure.work(kpi, series, span, reckoning)
    currency = figure.currency_of(kpi, series, reckoning)
    since = asked.window.since
    return Told(
        value=value.value,
        because=value.because,
        unconverted=value.unconverted,
        currency=currency,
        meets=figure.meets(kpi, value.value, currency),
        since=since,
        trend=figure.trend(kpi, series, span, reckoning) if since else [],
        groups=_groups(kpi, asked.by, looked, shelf),
        ages=figure.ages(kpi, series, span, reckoning),
    )


def board(
    connection: Connection, asked: Asked, process: str | None = None, kept: Reader | None = None
) -> list[tuple[Kpi, Told]]:
    """Return every KPI in force, of *process* or of all, and what it comes to as *asked*."""
    found, shelf = kpis(connection, process), Shelf(connection, kept)
    for kpi in found:
        those = measured(connection, kpi, shelf.model).values()
        shelf.expect(those, _reach(kpi, those, asked))
    return [(kpi, tell(connection, kpi, asked, shelf)) for kpi in found]


def sampled(connection: Connection, kpi: Kpi, window: Window) -> Sampled:
    """Return what *kpi* came to in a window that is over, and from how many things."""
    looked = _look(connection, kpi, Asked(window=window), Shelf(connection))
    if isinstance(looked, str):
        return Sampled(because=looked)
    series, span = looked.series, looked.span._replace(now=False)
    value = figure.work(kpi, series, span, looked.reckoning)
    counted = series[kpi.shown_by].read("count", span, looked.reckoning, frozenset())
    return Sampled(
        value=value.value,
        because=value.because,
        unconverted=value.unconverted,
        currency=figure.currency_of(kpi, series, looked.reckoning),
        sample=int(counted or 0),
    )


def _look(connection: Connection, kpi: Kpi, asked: Asked, shelf: Shelf) -> _Looked | str:
    """Return all that *kpi* is worked out from, or why it cannot be."""
    measures = measured(connection, kpi, shelf.model)
    lacking = _lacking(kpi, measures, shelf)
    if lacking is not None:
        return lacking
    reach = _reach(kpi, measures.values(), asked)
    last, since = reach.at // DAY_MICROS, asked.window.since
    series: dict[str, Series] = {}
    for name, one in measures.items():
        found = shelf.whole(name, one, reach)
        if found is None:
            return f"{name} is not told by {asked.within[0] if asked.within else 'any part'}"
        series[name] = found
    first = to_micros(since) // DAY_MICROS if since else _first(series.values(), last)
    reckoning = _reckoning(shelf.once(RATES, partial(rates, connection)), asked.currency)
    return _Looked(measures, series, Span(first, last), reckoning, reach)


def _reckoning(dated: Rates | None, currency: str | None) -> Reckoning:
    return Reckoning(currency=currency or (dated.base if dated else None), rates=dated)


def _untold(because: str) -> Told:
    return Told(
        because=because, currency=None, meets=None, since=None, trend=[], groups=[], ages=[]
    )


def _lacking(kpi: Kpi, measures: Mapping[str, Measured], shelf: Shelf) -> str | None:
    """Return what must be sent before *kpi* can be told; None when all of it has been heard."""
    needed: list[str] = []
    for name, one in measures.items():
        if one.beside is not None:
            continue
        if one.model is None and name not in kpi.needs:
            return f"not enough data: no process {one.process!r} is in force"
        if one.model is None or one.measure is None:
            needed.append(kpi.needs.get(name, f"the measure {name} of {one.process}"))
            continue
        needed += _unheard(shelf, one.process, one.model, one.measure)
    if not needed:
        return None
    return f"not enough data: needs {', '.join(dict.fromkeys(needed))}"


def _unheard(shelf: Shelf, process: str, model: ProcessModel, measure: Measurement) -> list[str]:
    """Return the events of which none has come, and without which *measure* says nothing."""
    if measure.formula is not None:
        return []  # what nobody sent is nothing owed
    stamps = shelf.once(f"stamps of {process}", partial(_stamps, model))
    fields = (measure.at, (measure.since or "").rpartition(".")[2])
    said = [stamps[field] for field in fields if field in stamps]
    heard = shelf.heard(process)
    missing = [type_ for one in said if one.activity not in heard for type_ in one.events]
    if not missing and not shelf.is_heard_of(measure.entity):
        missing = list(model.entities[measure.entity].describing)
    return missing


def _stamps(model: ProcessModel) -> dict[str, Activity]:
    return {stamp(one.activity): one for one in model.activities}


def _reach(kpi: Kpi, measures: Iterable[Measured], asked: Asked) -> Reach:
    at = to_micros(asked.window.as_of)
    return Reach(_since(kpi, measures, asked.window, at // DAY_MICROS), at, asked.within)


def _since(kpi: Kpi, measures: Iterable[Measured], window: Window, last: int) -> int | None:
    """Return from which day on the rollups are read; None for all of them."""
    whole = any(one.reading in {"ever", COUNTBACK} for one in kpi.terms)
    whole = whole or any(one.standing for one in measures)
    if whole or window.since is None:
        return None
    first = to_micros(window.since) // DAY_MICROS
    return last + 1 - (last - first + 1) * figure.POINTS


def _first(series: Iterable[Series], last: int) -> int:
    return min((one.first for one in series if one.first is not None), default=last)


def _groups(kpi: Kpi, by: str | None, looked: _Looked, shelf: Shelf) -> list[KpiGroup]:
    if by is None:
        return []
    if by == CURRENCY:
        return _by_currency(kpi, looked.series, looked.span)
    parts: dict[str, dict[str, Series]] = {}
    for name, one in looked.measures.items():
        found = shelf.apart(one, by, looked.reach)
        if found is None:
            return [KpiGroup(of="", because=f"{name} is not told by {by}")]
        parts[name] = found
    nothing = {name: one.emptied for name, one in looked.series.items()}
    return [
        _group(
            value,
            figure.work(
                kpi,
                {name: those.get(value, nothing[name]) for name, those in parts.items()},
                looked.span,
                looked.reckoning,
            ),
        )
        for value in sorted({value for those in parts.values() for value in those})
    ]


def _by_currency(kpi: Kpi, series: Mapping[str, Series], span: Span) -> list[KpiGroup]:
    codes = sorted({code for one in series.values() for code in one.currencies})
    plain = [name for name, one in series.items() if one.rows and not one.sums]
    if plain and codes:
        because = f"{', '.join(plain)} has no currency"
        return [KpiGroup(of=code, because=because) for code in codes]
    return [
        _group(
            code,
            figure.work(
                kpi,
                {name: one.of(code) for name, one in series.items()},
                span,
                Reckoning(currency=code),
            ),
        )
        for code in codes
    ]


def _group(of: str, value: KpiValue) -> KpiGroup:
    return KpiGroup(of=of, value=value.value, because=value.because, unconverted=value.unconverted)
