"""
What the screens of the app ask of the API, page by page.

A path names what it is about in braces: `{process}` is asked of each process that is measured,
all else is found by asking first.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

_PROCESS = "/v1/processes/{process}"
_INBOX = "/v1/exceptions?status=open,acknowledged&limit=50"
ASKED = {
    "processes": "/v1/processes",
    "health, 7 days": f"{_PROCESS}/health?window=7d",
    "health, 30 days": f"{_PROCESS}/health?window=30d",
    "health, 90 days": f"{_PROCESS}/health?window=90d",
    "health, all time": f"{_PROCESS}/health?window=all",
    "will break today": "/v1/forecast?process={process}&at_least=0.2",
    "forecasts": "/v1/forecast?process={process}",
    "calibration of forecasts": "/v1/forecast/calibration?process={process}",
    "picture of the map": f"{_PROCESS}/picture",
    "flow": f"{_PROCESS}/flow",
    "variants": f"{_PROCESS}/variants?limit=50",
    "departures": f"{_PROCESS}/departures",
    "bottlenecks": f"{_PROCESS}/bottlenecks",
    "hand-overs": f"{_PROCESS}/handovers",
    "two periods compared": f"{_PROCESS}/comparison?split={{split}}T00:00:00Z",
    "picture of a month": f"{_PROCESS}/picture?since={{split}}T00:00:00Z",
    "picture of a variant": f"{_PROCESS}/picture?variant={{variant}}",
    "cases": f"{_PROCESS}/instances?limit=50",
    "cases that run": f"{_PROCESS}/instances?state=running&limit=50",
    "cases with a broken promise": f"{_PROCESS}/instances?sla=breached&limit=50",
    "cases at risk": f"{_PROCESS}/instances?sla=at_risk&limit=50",
    "cases on track": f"{_PROCESS}/instances?sla=on_track&limit=50",
    "cases with a paused promise": f"{_PROCESS}/instances?sla=paused&limit=50",
    "cases that kept a promise": f"{_PROCESS}/instances?sla=met&limit=50",
    "cases of a stage": f"{_PROCESS}/instances?stage={{stage}}&limit=50",
    "cases of an owner": f"{_PROCESS}/instances?owner={{owner}}&limit=50",
    "cases that wait for a step": f"{_PROCESS}/instances?waits_for={{step}}&limit=50",
    "cases by a word": f"{_PROCESS}/instances?q={{word}}&limit=50",
    "case by its key": f"{_PROCESS}/instances?case={{key}}&limit=2",
    "case": "/v1/instances/{case}",
    "why and why not": "/v1/instances/{case}/decisions",
    "every decision of a case": "/v1/instances/{case}/decisions?latest=false",
    "timeline": "/v1/instances/{case}/timeline",
    "spans of a case": "/v1/instances/{case}/trace",
    "lineage": "/v1/instances/{case}/lineage?figure=invoiced",
    "forecast of a case": "/v1/instances/{case}/forecast",
    "exceptions of a case": "/v1/exceptions?case={case}&status=open,acknowledged&limit=50",
    "inbox": f"{_INBOX}&sort=priority",
    "inbox of a process": f"{_INBOX}&sort=priority&process={{process}}",
    "inbox by SLA used": f"{_INBOX}&sort=used",
    "inbox by amount": f"{_INBOX}&sort=money",
    "inbox, newest first": f"{_INBOX}&sort=newest",
    "inbox, oldest first": f"{_INBOX}&sort=oldest",
    "inbox, page 20": f"{_INBOX}&sort=priority&offset=950",
    "inbox, mine": f"{_INBOX}&assignee=local",
    "inbox, unassigned": f"{_INBOX}&unassigned=true",
    "inbox, due within a day": f"{_INBOX}&due_within_hours=24",
    "inbox, over 25k": f"{_INBOX}&min_amount=25000",
    "inbox, breached": f"{_INBOX}&sla=breached",
    "inbox, at risk": f"{_INBOX}&sla=at_risk",
    "inbox, handled late": f"{_INBOX}&handled_late=true",
    "inbox, waiver asked": f"{_INBOX}&waiver_asked=true",
    "inbox, most urgent": f"{_INBOX}&priority=P1",
    "inbox, high and critical": f"{_INBOX}&severity=high,critical",
    "inbox of a team": f"{_INBOX}&owner=finance",
    "inbox of a stage": f"{_INBOX}&stage=bill",
    "inbox of an incident": f"{_INBOX}&incident={{incident}}",
    "inbox by a word": f"{_INBOX}&q={{word}}",
    "closed in 30 days": "/v1/exceptions?status=resolved&resolved_window=30d&limit=50&sort=newest",
    "every exception": "/v1/exceptions?limit=50",
    "exception": "/v1/exceptions/{exception}",
    "blast radius": "/v1/exceptions/{exception}/blast-radius",
    "incidents": "/v1/incidents?limit=4",
    "incidents of a process": "/v1/incidents?process={process}&limit=4",
    "incident": "/v1/incidents/{incident}",
    "objectives": "/v1/slas",
    "error budget": "/v1/slas/{sla}/budget",
    "cases that broke an objective": "/v1/slas/{sla}/cases?window=30d&limit=50",
    "calendars": "/v1/calendars",
    "KPIs, 7 days": "/v1/kpis?window=7d",
    "KPIs, 30 days": "/v1/kpis?window=30d",
    "KPIs, 90 days": "/v1/kpis?window=90d",
    "KPIs, all time": "/v1/kpis?window=all",
    "KPIs of a process": "/v1/kpis?process={process}",
    "KPIs of a practice": "/v1/kpis?window=30d&within=practice={practice}",
    "KPIs by currency": "/v1/kpis?window=30d&by=currency",
    "a KPI": "/v1/kpis/{kpi}?window=30d",
    "a KPI by client": "/v1/kpis/{kpi}?window=30d&by=client",
    "a KPI by practice": "/v1/kpis/{kpi}?window=30d&by=practice",
    "a KPI by region": "/v1/kpis/{kpi}?window=30d&by=region",
    "a KPI by legal entity": "/v1/kpis/{kpi}?window=30d&by=legal_entity",
    "a KPI by currency": "/v1/kpis/{kpi}?window=30d&by=currency",
    "practices that bill": "/v1/kpis/invoiced?by=practice&window=all",
    "cases of a KPI": "/v1/kpis/{kpi}/cases?window=30d&limit=50",
    "cases of a KPI in a practice": (
        "/v1/kpis/{kpi}/cases?window=30d&limit=50&within=practice={practice}"
    ),
    "ROI, 7 days": "/v1/roi?split={split}&days=7",
    "ROI, 30 days": "/v1/roi?split={split}&days=30",
    "ROI, 90 days": "/v1/roi?split={split}&days=90",
    "ROI with forecasts": "/v1/roi?split={split}&days=30&forecasts=true",
    "legal entities": "/v1/kpis/unbilled-approved-time?by=legal_entity&window=all",
    "month end": "/v1/month-end?entity={entity}&period={month}",
    "this month's end": "/v1/month-end?entity={entity}&period={now}",
    "reconciliations": "/v1/reconciliations",
    "runs of a reconciliation": "/v1/reconciliations/{reconciliation}/runs",
    "last run": "/v1/reconciliations/{reconciliation}/runs/latest",
    "breaks of a run": "/v1/reconciliations/{reconciliation}/runs/latest/breaks",
    "corrections": "/v1/corrections",
    "systems and silence": "/v1/systems",
    "systems of record": "/v1/systems-of-record",
    "quarantine": "/v1/quarantine",
    "events without a case": "/v1/uncorrelated",
    "rule sets": "/v1/rulesets",
    "how often rules held": "/v1/rulesets/{ruleset}/coverage",
    "a decision": "/v1/decisions/{decision}",
    "messages": "/v1/deliveries",
    "contracts": "/v1/contracts?limit=500",
    "a contract as it is observed": "/v1/contracts/{contract}/conformance?window=30d",
    "integrations": "/v1/integrations?limit=500",
    "reviews": "/v1/reviews?limit=500",
    "deprecations": "/v1/deprecations?limit=500",
    "waivers": "/v1/waivers?limit=500",
    "audit of an action": "/v1/audit?action=pack",
    "audit": "/v1/audit",
    "who holds a key": "/v1/names?actor=key:0123456789ab",
    "teams": "/v1/teams",
}
_KPIS = ("unbilled-approved-time", "utilisation", "invoiced")
_MONTH_DAYS = 30


def asked(client: httpx.Client, processes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of all that is asked, each process and KPI by itself."""
    known = _found(client, processes[0])
    for name, path in ASKED.items():
        if "{process}" in path:
            for process in processes:
                own = known | _of_process(client, process)
                yield f"{name} of {process}", _filled(path, own | {"process": process})
        elif "{kpi}" in path:
            for kpi in _KPIS:
                yield f"{name} ({kpi})", _filled(path, known | {"kpi": kpi})
        else:
            yield name, _filled(path, known)


def _filled(path: str, known: dict[str, str]) -> str:
    return path.format_map({name: quote(value, safe="") for name, value in known.items()})


def _of_process(client: httpx.Client, process: str) -> dict[str, str]:
    path = _PROCESS.format(process=process)
    first = _items(client, f"{path}/instances?limit=50")
    case = first[-1]
    variants = _items(client, f"{path}/variants?limit=1")
    return {
        "key": case["case"],
        "word": case["title"].split()[0],
        "stage": next((one["stage"] for one in first if one["stage"]), "bill"),
        "owner": next((one["owner"] for one in first if one["owner"]), "finance"),
        "step": next((one["waits_for"] for one in first if one["waits_for"]), "invoice-sent"),
        "variant": variants[0].get("variant", ""),
    }


def _found(client: httpx.Client, process: str) -> dict[str, str]:
    at = datetime.now(UTC)
    standing = _items(client, f"{_INBOX}&sort=newest")
    told = ((one, _decided(client, one["instance"])) for one in standing)
    exception, decision = next((pair for pair in told if pair[1]), (standing[0], []))
    incidents = _items(client, "/v1/incidents?limit=1")
    return {
        **_of_process(client, process),
        "case": exception["instance"],
        "exception": exception["id"],
        "incident": incidents[0]["id"] if incidents else "IN-0",
        "decision": decision[0]["decision_id"] if decision else "",
        "sla": _items(client, "/v1/slas")[0]["sla"],
        "practice": _groups(client, "/v1/kpis/invoiced?by=practice&window=all"),
        "entity": _groups(client, "/v1/kpis/unbilled-approved-time?by=legal_entity&window=all"),
        "split": (at - timedelta(days=_MONTH_DAYS)).date().isoformat(),
        "month": (at.replace(day=1) - timedelta(days=1)).strftime("%Y-%m"),
        "now": at.strftime("%Y-%m"),
        "reconciliation": _items(client, "/v1/reconciliations")[0]["reconciliation"],
        "ruleset": _items(client, "/v1/rulesets")[0]["ruleset"],
        "contract": _items(client, "/v1/contracts?limit=1")[0]["subject"],
    }


def _decided(client: httpx.Client, instance: str) -> list[dict[str, Any]]:
    """Return the decisions of a case; none of what a reconciliation found is about one."""
    path = f"/v1/instances/{instance}/decisions"
    return [] if client.get(path).status_code == httpx.codes.NOT_FOUND else _items(client, path)


def _items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(path)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def _groups(client: httpx.Client, path: str) -> str:
    told = client.get(path).json()["groups"]
    return next((str(one["of"]) for one in told if one["of"]), "")
