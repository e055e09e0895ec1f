"""What the comparing process is told on its standard input, and what it says on its output."""

import msgspec

from governance.shadow.comparison import Compared, Shadow, Waiting


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Cases to be compared."""

    shadow: Shadow
    waiting: tuple[Waiting, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; None when that version stands in shadow no longer."""

    found: Compared | None


read_order = msgspec.json.Decoder(Order).decode
read_told = msgspec.json.Decoder(Told).decode
