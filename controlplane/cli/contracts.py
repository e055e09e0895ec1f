"""`controlplane contracts`: a gate for changes, the catalogue, and versions on their way."""

import typer

from controlplane.cli.contract_catalogue import CATALOGUE
from controlplane.cli.contract_checking import CHECKING
from controlplane.cli.contract_conformance import CONFORMANCE
from controlplane.cli.contract_impact import IMPACT
from controlplane.cli.contract_lifecycle import LIFECYCLE
from controlplane.cli.contract_linting import LINTING
from controlplane.cli.contract_reviewing import REVIEWING
from controlplane.cli.contract_simulating import SIMULATING

app = typer.Typer(
    help="Check, lint, weigh, register, review and publish contracts.", no_args_is_help=True
)
for name, command in (
    *CHECKING.items(),
    *IMPACT.items(),
    *SIMULATING.items(),
    *LINTING.items(),
    *CATALOGUE.items(),
    *CONFORMANCE.items(),
    *LIFECYCLE.items(),
    *REVIEWING.items(),
):
    app.command(name)(command)
