"""What every room stands on: ids, amounts, times, errors and result pages."""

from regulars.kernel.amounts import MINOR_DIGITS, Money, Points, minor_digits
from regulars.kernel.clock import (
    Clock,
    WallClock,
    add_months,
    day_bounds,
    local_day,
    local_instant,
    month_bounds,
)
from regulars.kernel.currencies import CURRENCIES
from regulars.kernel.errors import (
    CallerError,
    Conflict,
    Fault,
    Finding,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    RegularsError,
    Stale,
    TooMany,
    Unavailable,
)
from regulars.kernel.ids import parse_public_id, public_id
from regulars.kernel.narrowing import narrowed
from regulars.kernel.pages import Page, decode_cursor, encode_cursor
from regulars.kernel.sieve import Sieve
from regulars.kernel.text import fold
from regulars.kernel.traces import is_telling, pattern_of, pieces, within, writing_over

__all__ = [
    "CURRENCIES",
    "MINOR_DIGITS",
    "CallerError",
    "Clock",
    "Conflict",
    "Fault",
    "Finding",
    "Forbidden",
    "Invalid",
    "Money",
    "NotFound",
    "NotSignedIn",
    "Page",
    "Points",
    "RegularsError",
    "Sieve",
    "Stale",
    "TooMany",
    "Unavailable",
    "WallClock",
    "add_months",
    "day_bounds",
    "decode_cursor",
    "encode_cursor",
    "fold",
    "is_telling",
    "local_day",
    "local_instant",
    "minor_digits",
    "month_bounds",
    "narrowed",
    "parse_public_id",
    "pattern_of",
    "pieces",
    "public_id",
    "within",
    "writing_over",
]
