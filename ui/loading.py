"""What an address of the API brings, as the person who waits for it would say."""

from functools import lru_cache

NAMES = {
    "bottlenecks": "where work waits",
    "blast-radius": "what else it touches",
    "breaks": "the breaks",
    "budget": "the error budget",
    "calendars": "the calendars",
    "cases": "the cases behind the figure",
    "comparison": "both groups of cases",
    "conformance": "what was observed of the contract",
    "contracts": "the catalogue",
    "corrections": "what was set right",
    "coverage": "how often each rule held",
    "decisions": "what the rules said",
    "diff": "what the version changes",
    "exceptions": "the exceptions",
    "forecast": "the forecasts",
    "health": "the figures of the process",
    "impact": "what the version touches",
    "incidents": "the incidents",
    "instances": "the cases",
    "integrations": "the flows between systems",
    "kpis": "the KPIs",
    "lineage": "what the figure is made of",
    "me": "who you are",
    "month-end": "the month",
    "picture": "the process map",
    "processes": "the processes",
    "reconciliations": "the reconciliations",
    "roi": "the figures before and after",
    "rulesets": "the rules",
    "runs": "the last run",
    "slas": "the objectives",
    "teams": "the teams",
    "timeline": "what happened in the case",
    "trials": "the replays",
    "variants": "the ways that cases take",
    "versions": "the versions",
}


@lru_cache(maxsize=1024)
def called(path: str) -> str:
    """Return what *path* brings: the last of its parts that has a name says so."""
    return next((NAMES[part] for part in reversed(path.split("/")) if part in NAMES), "the answer")
