"""What the foretelling process is told on its standard input; it answers with what it made."""

from datetime import datetime

import msgspec

from observability.forecast.piece import Made


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Make what is due `at`."""

    at: datetime


read_order = msgspec.json.Decoder(Order).decode
read_made = msgspec.json.Decoder(Made).decode
