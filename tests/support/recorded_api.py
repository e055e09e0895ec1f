"""
An API that answers from records, for tests of the screens alone.

`python tests/support/recorded_api.py PORT` serves it by itself. Nothing here is used by the
program; the stories of the other browser tests run against the program.
"""

import csv
import io
import json
import random
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

STAGES = ["quote", "project", "time", "billing", "invoice", "cash"]
RULES = [
    ("billing", "time-approved-without-rate", "Approved time has no agreed rate"),
    ("billing", "unbilled-approved-time", "Approved time is not billed"),
    ("billing", "over-client-cap", "Billing would exceed the engagement's cap"),
    ("time", "timesheet-late", "Timesheet later than five days"),
    ("invoice", "milestone-mismatch", "Invoice does not match the milestone"),
    ("invoice", "tax-profile-missing", "Client has no tax profile"),
    ("project", "purchase-order-missing", "No client purchase order on the project"),
    ("quote", "margin-below-floor", "Quote below the margin floor"),
    ("cash", "wrong-period", "Revenue in the wrong period"),
]
CLIENTS = [
    "Aldermoor Bank",
    "Larkfield Homes",
    "Ironbridge Steel",
    "Eastgate Rail",
    "Kestrel Aviation",
    "Fennel Foods",
    "Halden Insurance",
    "Juniper Telecom",
]
PEOPLE = ["a.okafor", "b.lindqvist", "c.moreau", "d.tanaka", None]
TEAMS = ["finance", "delivery", "hr-it"]


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def gbp(amount: float) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": "GBP"}


def exception(number: int, chance: random.Random, now: datetime) -> dict[str, Any]:
    stage, rule, title = RULES[number % len(RULES)]
    used = min(chance.expovariate(1 / 45), 160)
    state = "breached" if used > 100 else "at_risk" if used > 75 else "on_track"
    client = chance.choice(CLIENTS)
    opened = now - timedelta(hours=chance.uniform(1, 400))
    due = opened + (now - opened) * (100 / max(used, 1))
    promise = {"due_at": instant(due), "used_percent": round(used, 1), "state": state}
    return {
        "id": f"EX-{10000 + number}",
        "rule": rule,
        "rule_version": "1.0.0",
        "ruleset": "billing-eligibility",
        "title": title,
        "reason": f"Timesheet TS-{number}: no rate for senior on 2026-11-02.",
        "severity": chance.choice(["critical", "high", "medium", "low"]),
        "state": "open",
        "owner": chance.choice(TEAMS),
        "assignee": chance.choice(PEOPLE),
        "process": "quote-to-cash",
        "instance": f"case{number % 40}",
        "case": f"E-{number % 40}",
        "case_title": client,
        "stage": stage,
        "money": {
            "blocked": gbp(chance.lognormvariate(8.2, 1)),
            "delayed_cash": gbp(12.5),
            "exposure": None,
        },
        "process_sla": {"sla": "approved-time-to-invoice", **promise},
        "handling_sla": {
            "due_at": instant(now + timedelta(hours=5)),
            "used_percent": 40.0,
            "state": "on_track",
        },
        "opened_at": instant(opened),
        "age_seconds": (now - opened).total_seconds(),
        "evidence": [
            {
                "label": "Role",
                "value": "senior",
                "fact_type": "timesheet",
                "fact_id": f"TS-{number}",
                "field": "role",
                "event": f"urn:psa/ev-{number}",
            },
            {
                "label": "Rate on 2026-11-02",
                "value": "none",
                "fact_type": "rate",
                "fact_id": "",
                "field": "effective_from",
            },
        ],
        "history": [
            {"at": instant(opened), "actor": "controlplane", "action": "opened", "note": title},
        ],
    }


def totals(items: list[dict[str, Any]]) -> dict[str, Any]:
    blocked = sum(float(item["money"]["blocked"]["amount"]) for item in items)
    return {"blocked": [gbp(blocked)] if items else [], "delayed_cash": [], "exposure": []}


def health(items: list[dict[str, Any]], now: datetime, days: int) -> dict[str, Any]:
    chance = random.Random(days)
    trend, opened = [], []
    for back in range(days - 1, -1, -1):
        date = f"{now - timedelta(days=back):%Y-%m-%d}"
        share = min(max(chance.gauss(0.915, 0.025), 0.8), 1)
        moving = 0.915 + 0.01 * (back % 5) / 5
        trend.append(
            {
                "date": date,
                "met": round(100 * share),
                "late": 8,
                "absent": 1,
                "attainment": share,
                "moving_attainment": moving,
                "burn": (1 - moving) / 0.05,
            }
        )
        opened.append(
            {
                "date": date,
                "opened": chance.randint(60, 120),
                "closed": chance.randint(60, 120),
                "median_to_resolve_seconds": chance.randint(50_000, 90_000),
                "blocked": [gbp(chance.uniform(40_000, 90_000))],
            }
        )
    reached = [2692, 2504, 2261, 1911, 1669, 1481]
    slow = [(18, 24), (62, 96), (66, 72), (131, 120), (22, 24), (6, 12)]
    stages = [
        {
            "stage": stage,
            "title": stage.capitalize(),
            "reached": reached[at],
            "waiting": reached[at] - reached[at + 1] if at < 5 else 0,
            "on_track": round(reached[at] * 0.8),
            "at_risk": 120 + 20 * at,
            "breached": 40 + 30 * at,
            "p90_hours": slow[at][0],
            "limit_hours": slow[at][1],
        }
        for at, stage in enumerate(STAGES)
    ]
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault((item["stage"], item["rule"], item["title"]), []).append(item)
    held = [
        {
            "stage": stage,
            "rule": rule,
            "title": title,
            "count": len(members),
            "blocked": totals(members)["blocked"],
            "breached_share": sum(i["process_sla"]["state"] == "breached" for i in members)
            / len(members),
        }
        for (stage, rule, title), members in groups.items()
    ]
    ranked = sorted(items, key=priority, reverse=True)
    states = [item["process_sla"]["state"] for item in items]
    return {
        "as_of": instant(now),
        "cases": 2692,
        "events": 55_120,
        "duration": {"median_seconds": 631_000, "p95_seconds": 2_400_000},
        "slas": [
            {
                "sla": "approved-time-to-invoice",
                "clocks": 1200,
                "met": 1040,
                "late": 92,
                "absent": 20,
                "running": 48,
                "paused": 0,
                "cancelled": 0,
                "attainment": 0.903,
                "title": "Approved time is invoiced within five business days",
                "money_late": [gbp(213_454.4)],
                "money_absent": [gbp(20_000)],
            },
            {
                "sla": "invoice-to-payment",
                "clocks": 900,
                "met": 870,
                "late": 10,
                "absent": 4,
                "running": 16,
                "attainment": 0.984,
                "money_late": [gbp(8_000)],
            },
        ],
        "attainment": 0.915,
        "target": 0.95,
        "burn": 1.7,
        "money_in_progress": [gbp(9_190_000)],
        "stages": stages,
        "trend": trend,
        "money": totals(items),
        "money_at_risk": totals(items)["blocked"],
        "exceptions": {
            "open": len(items),
            "breached": states.count("breached"),
            "at_risk": states.count("at_risk"),
            "closed": 2999,
            "median_to_resolve_seconds": 68_400,
            "trend": opened,
            "by_stage_rule": held,
            "first": ranked[:6],
        },
    }


def priority(item: dict[str, Any]) -> float:
    return float(item["money"]["blocked"]["amount"]) * item["process_sla"]["used_percent"]


def case(number: int, now: datetime) -> dict[str, Any]:
    """One engagement of forty: sold, staffed, three timesheets, two invoices, one payment."""
    start = now - timedelta(days=40 + number)

    def at(days: float) -> str:
        return instant(start + timedelta(days=days))

    clocks = [
        ("closed-won-to-project-activated", "", "", 0, 1.2, 2.4, "late", "project-activated"),
        ("timesheet-approved", "timesheet", "TS-1", 10, 12, 11, "met", "timesheet-approved"),
        ("timesheet-approved", "timesheet", "TS-2", 17, 19, 22, "late", "timesheet-approved"),
        ("approved-time-to-invoice", "timesheet", "TS-1", 11, 18, 16, "met", "invoice-issued"),
        ("approved-time-to-invoice", "timesheet", "TS-2", 22, 29, None, "absent", "invoice-issued"),
        ("invoice-to-payment", "invoice", "INV-1", 16, 46, None, "running", "payment-received"),
    ]
    return {
        "id": f"case{number}",
        "process": "quote-to-cash",
        "case": f"E-{number}",
        "title": CLIENTS[number % len(CLIENTS)],
        "state": "running",
        "stage": "bill",
        "owner": "finance",
        "process_title": "Quote to cash",
        "stage_title": "Bill",
        "duration_seconds": (40 + number) * 86_400,
        "started_at": at(0),
        "last_at": at(30),
        "ended_at": None,
        "as_of": instant(now),
        "events": 10,
        "amount": gbp(31_000),
        "money": {
            name: [gbp(amount)]
            for name, amount in (
                ("quoted", 31_000),
                ("contracted", 30_000),
                ("worked", 26_000),
                ("invoiced", 9_000),
                ("paid", 0),
            )
        },
        "clocks": [
            {
                "sla": sla,
                "title": sla.replace("-", " ").capitalize(),
                "object_type": kind,
                "object": key,
                "started_at": at(begun),
                "due_at": at(due),
                "target_at": at(met) if met else None,
                "state": state,
                "to": [target],
            }
            for sla, kind, key, begun, due, met, state, target in clocks
        ],
        "departures": [
            {
                "kind": "out-of-order",
                "activity": "invoice-issued",
                "detail": "Invoice issued before the timesheet was approved",
            }
        ],
    }


STEPS = [
    (0, "deal-closed-won", "quote"),
    (1, "engagement-signed", "contract"),
    (2.4, "project-activated", "mobilise"),
    (5, "resource-assigned", "mobilise"),
    (10, "timesheet-submitted", "deliver"),
    (11, "timesheet-approved", "deliver"),
    (16, "invoice-issued", "bill"),
    (17, "timesheet-submitted", "deliver"),
    (22, "timesheet-approved", "deliver"),
    (30, "invoice-posted", "bill"),
]


def timeline(number: int, now: datetime) -> dict[str, Any]:
    start = now - timedelta(days=40 + number)
    return {
        "next_cursor": None,
        "items": [
            {
                "kind": "event",
                "at": instant(start + timedelta(days=days)),
                "activity": activity,
                "stage": stage,
                "type": f"ps.{activity}",
                "source": "urn:psa",
                "id": f"ev-{at}",
                "trace_id": f"{at:032x}",
                "span_id": f"{at:016x}",
                "amount": None,
            }
            for at, (days, activity, stage) in enumerate(STEPS)
        ],
    }


def decisions(number: int, now: datetime) -> dict[str, Any]:
    start = now - timedelta(days=40 + number)
    failing = {
        "rule": "time-approved-without-rate",
        "rule_version": "1.0.0",
        "severity": "high",
        "title": "Approved time has no agreed rate",
        "outcome": "blocked",
        "reason": "Timesheet TS-2: no rate for senior on 2026-11-02.",
    }
    late = {
        "rule": "project-late",
        "title": "Project activated late",
        "outcome": "warning",
        "reason": "Active 29 h after the deal; the promise is 24 business hours.",
    }
    quiet = {
        "rule": "time-over-cap",
        "because": "26,000.00 worked is below the cap of 30,000.00",
        "asked": "c.money_worked > e.not_to_exceed",
    }
    return {
        "next_cursor": None,
        "items": [
            {
                "decision_id": f"d{at}",
                "at": instant(start + timedelta(days=days)),
                "ruleset": ruleset,
                "ruleset_version": "1.0.0",
                "outcome": outcome,
                "firings": firings,
                "not_fired": [quiet],
            }
            for at, (days, ruleset, outcome, firings) in enumerate(
                [
                    (1, "billing-eligibility", "clear", []),
                    (2.4, "sla-breach", "warning", [late]),
                    (22, "billing-eligibility", "blocked", [failing]),
                ]
            )
        ],
    }


CONTRACTS = [
    {
        "subject": f"ps.{noun}",
        "kind": "event",
        "format": "jsonschema",
        "domain": "billing",
        "owner": TEAMS[at % 3],
        "system": "psa",
        "classification": "internal",
        "compatibility": "backward",
        "criticality": "high",
        "title": f"{noun} has happened",
        "versions": [
            {
                "version": "1.0.0",
                "lifecycle": "published" if at % 4 else "draft",
                "media_type": "application/schema+json",
                "digest": "sha256:0a1b2c",
                "created_at": "2026-08-01T09:00:00Z",
                "created_by": "pack",
            }
        ],
        "consumers": [{"system": "erp", "versions": "^1.0", "contact": "erp@example.test"}],
    }
    for at, noun in enumerate(
        [
            "opportunity.closed-won",
            "project.created",
            "timesheet.approved",
            "timesheet.submitted",
            "invoice.issued",
            "payment.received",
        ]
    )
]
ARTIFACT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["engagement_id"],
    "properties": {"engagement_id": {"type": "string"}},
}


class Records:
    """The whole state: a list of exceptions that the acts change, and the writes received."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.start_over()

    def start_over(self) -> None:
        chance = random.Random(7)
        self.exceptions = [exception(at, chance, self.now) for at in range(240)]
        self.writes: list[tuple[str, dict[str, Any], str | None]] = []
        self.down = False
        self.waiting = 0

    def chosen(self, query: dict[str, str]) -> list[dict[str, Any]]:
        items = self.exceptions
        states = query.get("status", "").split(",") if query.get("status") else None
        if states:
            items = [i for i in items if i["state"] in states]
        for name in ("severity", "owner", "stage"):
            if query.get(name):
                items = [i for i in items if i[name] in query[name].split(",")]
        if query.get("case"):
            items = [i for i in items if query["case"] in (i["instance"], i["case"])]
        if text := query.get("q", "").lower():
            items = [i for i in items if text in json.dumps(i).lower()]
        if query.get("sort") == "newest":
            return sorted(items, key=lambda one: str(one["opened_at"]), reverse=True)
        return sorted(items, key=priority, reverse=True)

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        items = self.chosen(query)
        start, size = int(query.get("offset", 0)), int(query.get("limit", 50))
        states = [item["process_sla"]["state"] for item in items]
        return {
            "items": items[start : start + size],
            "next_cursor": None,
            "total": len(items),
            "money": totals(items),
            "breached": states.count("breached"),
            "at_risk": states.count("at_risk"),
        }

    def one(self, parts: list[str], query: dict[str, str]) -> object:
        """Return what stands at a path, or None."""
        for pattern, read in READ.items():
            named = pattern.split("/")
            if len(named) == len(parts) and all(
                name in ("*", part) for name, part in zip(named, parts, strict=True)
            ):
                return read(self, parts, query)
        return None

    def act(self, parts: list[str], body: dict[str, Any], key: str | None) -> object:
        self.writes.append(("/".join(parts), body, key))
        if len(parts) != 3 or parts[0] != "exceptions":
            return {}
        item = next(i for i in self.exceptions if i["id"] == parts[1])
        become = {"acknowledge": "acknowledged", "resolve": "resolved"}
        item["state"] = become.get(parts[2], item["state"])
        item["assignee"] = body.get("assignee", item["assignee"])
        if parts[2] == "waive":
            item["waiver"] = {**body, "asked_by": "c.moreau"}
        note = body.get("note") or body.get("reason")
        entry = {"at": instant(self.now), "actor": "c.moreau", "action": parts[2], "note": note}
        item["history"].append(entry)
        return item


INCIDENT = {
    "id": "IN-1",
    "title": "What is promised does not arrive",
    "labels": {"sla": "approved-time-to-posted", "due_on": "2026-11-12"},
    "cases": 12,
    "exceptions": 14,
    "waiting": 14,
    "priority": "P1",
    "money": {"blocked": [gbp(48_200)]},
}
BLAST_RADIUS = {
    "things": [{"type": "invoice", "total": 1, "keys": ["INV-7"]}],
    "shared": [{"type": "customer", "key": "C-9", "cases": 4}],
    "cases": 1,
    "exceptions": 2,
    "money": {"blocked": [gbp(900)]},
    "downstream": [{"title": "Invoice issued"}, {"title": "Invoice posted"}],
}
Reading = Callable[[Records, list[str], dict[str, str]], object]
PROCESSES = {
    "items": [
        {
            "process": "quote-to-cash",
            "title": "Quote to cash",
            "version": "1.0.0",
            "owner": "finance",
            "stages": [{"stage": stage, "title": stage.capitalize()} for stage in STAGES],
        }
    ]
}


def window(records: Records, _: list[str], query: dict[str, str]) -> object:
    asked = query.get("window", "30d")
    return health(records.exceptions, records.now, 90 if asked == "all" else int(asked[:-1]))


def cases(records: Records, _: list[str], query: dict[str, str]) -> object:
    found = [case(number, records.now) | {"departures": 1} for number in range(40)]
    text, key = query.get("q", "").lower(), query.get("case")
    known = [one for one in found if key in (None, one["case"])]
    return {"items": [one for one in known if text in json.dumps(one).lower()]}


def one_case(records: Records, parts: list[str], _: dict[str, str]) -> object:
    number = parts[1].removeprefix("case")
    shapes = {"timeline": timeline, "decisions": decisions}
    shape = shapes[parts[2]] if len(parts) > 2 else case
    return shape(int(number), records.now) if number.isdigit() else None


def by(items: list[dict[str, Any]], name: str, value: str) -> object:
    return next((item for item in items if item[name] == value), None)


def catalogued(one: dict[str, Any]) -> dict[str, Any]:
    newest = one["versions"][0]
    told = {"version": newest["version"], "status": newest["lifecycle"], "version_count": 1}
    return {**one, **told, "consumer_count": len(one["consumers"])}


RULESETS = {
    "items": [
        {
            "ruleset": "billing-eligibility",
            "version": "1.0.0",
            "state": "active",
            "title": "Billing eligibility",
            "owner": "finance",
            "process": "quote-to-cash",
            "rules": [
                {
                    "rule": "time-over-cap",
                    "severity": "high",
                    "title": "Approved time exceeds the cap",
                    "question": "Is the time approved so far within the cap?",
                    "rationale": "Time beyond the cap waits for a change request.",
                }
            ],
        }
    ]
}

RULESET_VERSIONS = [
    {
        "version": "1.1.0",
        "state": "shadow",
        "created_at": "2026-03-01T09:00:00Z",
        "created_by": "a.okafor",
        "changed_at": "2026-03-02T09:00:00Z",
    },
    {
        "version": "1.0.0",
        "state": "active",
        "created_at": "2026-01-05T09:00:00Z",
        "created_by": "a.okafor",
        "signed_by": "c.moreau",
        "changed_at": "2026-01-06T09:00:00Z",
    },
]
COVERAGE = {
    "window": "30d",
    "rules": [{"rule": "time-over-cap", "asked": 420, "fired": 7}],
}
DIFFERENCES = {
    "against": "1.0.0",
    "since": "2026-03-02T09:00:00Z",
    "cases": {"compared": 52, "same": 51, "differing": 1, "not_evaluated": 0, "waiting": 3},
    "money": {"before": {"blocked": [gbp(0)]}, "after": {"blocked": [gbp(48_000)]}},
}
BACKTEST = {
    "id": "BT-1",
    "status": "done",
    "version": "1.1.0",
    "against": "1.0.0",
    "asked_by": "a.okafor",
    "asked_at": "2026-03-01T10:00:00Z",
    "result": {"standing": {"opened": 7, "closed": 2, "changed": 0}},
}


def foretold(records: Records, parts: list[str], _: dict[str, str]) -> object:
    """Three promises that run: of one too few alike are known."""
    told = [(0.72, 214), (0.31, 96), None]
    items = [
        {
            "id": f"CL-{at}",
            "sla": "approved-time-to-invoice",
            "instance": f"case{at}",
            "case": f"E-{at}",
            "title": CLIENTS[at],
            "object": f"TS-{at}",
            "due_at": instant(records.now + timedelta(hours=3 + at)),
            "promised": "5 business days",
            "used": 0.9 - at / 10,
            "amount": gbp(4200 * (at + 1)),
            "forecast": None
            if one is None
            else {"chance": one[0], "sample": one[1], "like": "promise and step"},
        }
        for at, one in enumerate(told)
    ]
    until = instant(records.now + timedelta(days=1))
    return {"items": items, "clocks": 14, "told": 9, "expected_breaches": 1.3, "until": until}


CALIBRATED = {
    "skill": 0.42,
    "calibration": {
        "forecasts": 5660,
        "brier": 0.0167,
        "base_brier": 0.029,
        "bins": [
            {"forecasts": 5300, "said": 0.01, "broke": 0.01},
            {"forecasts": 210, "said": 0.34, "broke": 0.3},
            {"forecasts": 150, "said": 0.86, "broke": 0.91},
        ],
    },
}


READ: dict[str, Reading] = {
    "ready": lambda records, *_: {"worker_lag": records.waiting},
    "forecast": foretold,
    "forecast/calibration": lambda *_: CALIBRATED,
    "instances/*/forecast": foretold,
    "processes": lambda *_: PROCESSES,
    "processes/*/health": window,
    "processes/*/instances": cases,
    "processes/*/picture": lambda *_: {"cases": 40, "looked_at": 40},
    "exceptions": lambda records, _, query: records.page(query),
    "exceptions/*/blast-radius": lambda *_: BLAST_RADIUS,
    "incidents": lambda *_: {"items": [INCIDENT]},
    "incidents/*": lambda *_: INCIDENT,
    "exceptions/*": lambda records, parts, _: by(records.exceptions, "id", parts[1]),
    "instances/*": one_case,
    "instances/*/*": one_case,
    "contracts": lambda *_: {"items": [catalogued(one) for one in CONTRACTS]},
    "contracts/*": lambda _, parts, __: by(CONTRACTS, "subject", parts[1]),
    "contracts/*/versions/*/artifact": lambda *_: ARTIFACT,
    "contracts/*/versions/*/review": lambda *_: {"next": ["deprecated"], "author": "pack"},
    "deprecations": lambda *_: {"items": []},
    "reviews": lambda *_: {"items": []},
    "waivers": lambda *_: {"items": []},
    "teams": lambda *_: {"items": [{"team": team, "name": team} for team in TEAMS]},
    "slas": lambda *_: {
        "items": [{"sla": "approved-time-to-invoice", "title": "Time is invoiced"}]
    },
    "rulesets": lambda _, __, query: (
        RULESETS if query.get("state", "active") == "active" else {"items": []}
    ),
    "rulesets/*/versions": lambda *_: {"items": RULESET_VERSIONS},
    "rulesets/*/versions/*/differences": lambda *_: DIFFERENCES,
    "rulesets/*/coverage": lambda *_: COVERAGE,
    "backtests": lambda *_: {"items": [BACKTEST]},
    "backtests/*": lambda *_: BACKTEST,
    "me": lambda *_: {"actor": "c.moreau", "roles": ["admin", "steward"]},
}


def steps(path: str) -> list[str]:
    return urlsplit(path).path.strip("/").split("/")[1:]


def handler(records: Records) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def send(self, status: int, content: bytes, media: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: ",".join(values) for name, values in parse_qs(url.query).items()}
            if records.down:
                self.send(503, b'{"type":"unavailable","detail":"The database is away."}')
            elif url.path == "/v1/exceptions" and "text/csv" in self.headers.get("Accept", ""):
                text = io.StringIO()
                table = csv.writer(text)
                table.writerow(["id", "title"])
                table.writerows([i["id"], i["title"]] for i in records.chosen(query))
                self.send(200, text.getvalue().encode(), "text/csv")
            else:
                found = records.one(steps(url.path), query)
                status = 404 if found is None else 200
                problem = {"type": "not-found", "detail": f"Nothing is at {url.path}."}
                self.send(status, json.dumps(found if found is not None else problem).encode())

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            body = json.loads(raw) if raw else {}
            answer = records.act(steps(self.path), body, self.headers["Idempotency-Key"])
            self.send(200, json.dumps(answer).encode())

    return Answers


def serve(records: Records, port: int = 0) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(records))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler(Records())).serve_forever()
