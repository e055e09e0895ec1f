"""
What the API answers, as the screens read it.

Every field has a default and unknown fields are ignored: an answer with a part missing shows
an empty place, never a traceback. A field of the wrong type is an `UnreadableError` of the
client, which the screen tells of.
"""

import msgspec

from ui.records.case import (
    Case,
    CaseException,
    CaseLine,
    Cases,
    CaseSla,
    Clock,
    Departure,
    Figure,
    Happening,
    Timeline,
)
from ui.records.contract import (
    CataloguedContract,
    Consumer,
    Contract,
    Contracts,
    ContractVersion,
    Finding,
    WholeContract,
)
from ui.records.decision import Decision, Decisions, Firing, NotFired, Rule, RuleSet, RuleSets
from ui.records.exception import (
    EarlierExceptions,
    Evidence,
    ExceptionDay,
    ExceptionHealth,
    ExceptionMoney,
    ExceptionPage,
    HeldByStage,
    HeldMoney,
    HistoryEntry,
    ProcessException,
    SlaUse,
)
from ui.records.money import Money, MoneyAtRisk, Page
from ui.records.person import Actor, Problem, Team, Teams
from ui.records.process import (
    Duration,
    EarlierPromises,
    Health,
    HealthDay,
    Objectives,
    Process,
    Processes,
    SlaHealth,
    Stage,
)
from ui.records.ruleset import (
    Backtest,
    Backtests,
    Coverage,
    Differences,
    MovedMoney,
    RuleSetVersion,
    RuleSetVersions,
    RuleUse,
)

__all__ = [
    "Actor",
    "Backtest",
    "Backtests",
    "Case",
    "CaseException",
    "CaseLine",
    "CaseSla",
    "Cases",
    "CataloguedContract",
    "Clock",
    "Consumer",
    "Contract",
    "ContractVersion",
    "Contracts",
    "Coverage",
    "Decision",
    "Decisions",
    "Departure",
    "Differences",
    "Duration",
    "EarlierExceptions",
    "EarlierPromises",
    "Evidence",
    "ExceptionDay",
    "ExceptionHealth",
    "ExceptionMoney",
    "ExceptionPage",
    "Figure",
    "Finding",
    "Firing",
    "Happening",
    "Health",
    "HealthDay",
    "HeldByStage",
    "HeldMoney",
    "HistoryEntry",
    "Money",
    "MoneyAtRisk",
    "MovedMoney",
    "NotFired",
    "Objectives",
    "Page",
    "Problem",
    "Process",
    "ProcessException",
    "Processes",
    "Rule",
    "RuleSet",
    "RuleSetVersion",
    "RuleSetVersions",
    "RuleSets",
    "RuleUse",
    "SlaHealth",
    "SlaUse",
    "Stage",
    "Team",
    "Teams",
    "Timeline",
    "WholeContract",
]

for _name in __all__:  # a type that two readers decode at once must be known by then
    msgspec.json.Decoder(globals()[_name])
