"""What the reconciling process is told on its standard input, and what it says on its output."""

from pathlib import Path

import msgspec

from observability.reconciliation.finding import Finding


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The runs to make, and where the installation stands."""

    runs: tuple[str, ...]
    data_dir: str
    database_url: str | None

    @property
    def folder(self) -> Path:
        return Path(self.data_dir)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of output: what a run found, or why it found nothing."""

    run: str
    finding: Finding | None = None
    because: str = ""


read_order = msgspec.json.Decoder(Order).decode
read_told = msgspec.json.Decoder(Told).decode
