"""Every resource, and the role that its routes ask for where they name none themselves."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from controlplane.api import (
    alerts,
    audit,
    backtests,
    contracts,
    correlation,
    coverage,
    decided,
    differences,
    events,
    exceptions,
    gate,
    health,
    instances,
    keys,
    lifecycle,
    mappings,
    mining,
    objectives,
    otlp,
    overview,
    packs,
    permalink,
    processes,
    quarantine,
    rulesets,
    sweeps,
    teams,
    unprocessed,
)
from controlplane.identity.role import Role

ROUTES: tuple[tuple[Sequence[HTTPRouteHandler], Role], ...] = (
    (health.HANDLERS, Role.ADMIN),
    (keys.HANDLERS, Role.ADMIN),
    (teams.HANDLERS, Role.ADMIN),
    (contracts.HANDLERS, Role.ADMIN),
    (audit.HANDLERS, Role.ADMIN),
    (events.HANDLERS, Role.CONTRIBUTOR),
    (otlp.HANDLERS, Role.CONTRIBUTOR),
    (quarantine.HANDLERS, Role.OPERATOR),
    (correlation.HANDLERS, Role.ADMIN),
    (mappings.HANDLERS, Role.ADMIN),
    ([*processes.HANDLERS, *mining.HANDLERS], Role.ADMIN),
    (overview.HANDLERS, Role.ADMIN),
    (instances.HANDLERS, Role.ADMIN),
    (objectives.HANDLERS, Role.ADMIN),
    ([*rulesets.HANDLERS, *lifecycle.HANDLERS, *differences.HANDLERS], Role.ADMIN),
    (backtests.HANDLERS, Role.ADMIN),
    ([*decided.HANDLERS, *coverage.HANDLERS], Role.ADMIN),
    (gate.HANDLERS, Role.CONTRIBUTOR),
    (exceptions.HANDLERS, Role.ADMIN),
    (alerts.HANDLERS, Role.ADMIN),
    (packs.HANDLERS, Role.ADMIN),
    (permalink.HANDLERS, Role.ADMIN),
    (sweeps.HANDLERS, Role.OPERATOR),
    (unprocessed.HANDLERS, Role.OPERATOR),
)
