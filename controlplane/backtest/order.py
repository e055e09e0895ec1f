"""What a backtest's process is told on its standard input, and what it says on its output."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from controlplane.backtest.asked import Asked, Tried


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One backtest: which it is, the candidate's text, and where the installation stands."""

    id: str
    asked: Asked | Tried
    candidate: str
    data_dir: str
    database_url: str | None
    cost_of_capital: Decimal

    @property
    def folder(self) -> Path:
        return Path(self.data_dir)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of output: how far it came, or how it ended: with what was found, as JSON."""

    cases: int = 0
    of: int = 0
    finding: Any = None
    because: str = ""


read_order = msgspec.json.Decoder(Order).decode
read_told = msgspec.json.Decoder(Told).decode
