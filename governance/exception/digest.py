"""
What an exception has at stake, as one number: as long as it is the same, so is the money.

Exceptions of one engagement end on the same bits: what a few engagements hold is remembered by
the numbers of their exceptions, and reckoned anew where one of them is another.
"""

from hashlib import blake2b
from zlib import crc32

from governance.exception.process_exception import ProcessException
from governance.exception.share import Stake, engagement_of

ENGAGEMENT_BITS = (1 << 11) - 1
_BYTES = 8
_SPARE = 4  # bits: it fits a signed column with room to spare


def digest_of(one: ProcessException) -> int | None:
    """Return the number of *one*: 0 where no money is at stake, None once it stands no more."""
    if not one.standing:
        return None
    if one.blocked is None and one.exposure is None and one.delayed is None:
        return 0
    content = int.from_bytes(blake2b(_told(one).encode(), digest_size=_BYTES).digest())
    engagement = crc32(repr(engagement_of(one)).encode())
    return (content >> _SPARE & ~ENGAGEMENT_BITS) | (engagement & ENGAGEMENT_BITS)


def _told(one: Stake) -> str:
    figures = (one.blocked, one.exposure, one.delayed, one.remaining)
    instants = (one.delayed_since, one.resolved_at, one.changed_at)
    return repr((one.id, *engagement_of(one), one.instance, one.line, one.type, figures, instants))
