"""Anything listed as a file: now, by the clock, here or brought elsewhere."""

from regulars.exports.asking import (
    MAKE,
    SUBJECT,
    ExportOver,
    FileGone,
    Wanted,
    ask,
    cancel,
    carry_out,
    fetch,
    judged,
    may_fetch,
    read,
    run_now,
    try_again,
)
from regulars.exports.body import EVERY, ExportBody, file_name, kind_of, next_due
from regulars.exports.desk import Desk
from regulars.exports.keeping import erase, held, tidy
from regulars.exports.kind import scheduled
from regulars.exports.listed_customers import OF_CUSTOMERS
from regulars.exports.listed_loyalty import OF_LOYALTY
from regulars.exports.listed_shop import OF_SHOP
from regulars.exports.listed_suppressed import SUPPRESSIONS
from regulars.exports.listed_told import OF_WHAT_WAS_TOLD
from regulars.exports.listed_work import OF_WORK
from regulars.exports.listing import Asked, Column, Filter, Listing, Listings, streamed, walked
from regulars.exports.making import export_now, make_run, maker, snapshot
from regulars.exports.places import Destination, keeper_of, place_of, secret_name, try_place
from regulars.exports.record import MOVING, PREFIX, Run, Schedule, State, get, latest, runs, schedules
from regulars.exports.scheduling import look_around
from regulars.exports.starting import NIGHTLY_ORDERS
from regulars.exports.writing import ENDINGS, FORMATS, MEDIA, TITLES, Format, Written, write_file

LISTINGS = (*OF_CUSTOMERS, *OF_SHOP, *OF_LOYALTY, *OF_WORK, *OF_WHAT_WAS_TOLD, SUPPRESSIONS)

__all__ = [
    "ENDINGS",
    "EVERY",
    "FORMATS",
    "LISTINGS",
    "MAKE",
    "MEDIA",
    "MOVING",
    "NIGHTLY_ORDERS",
    "PREFIX",
    "SUBJECT",
    "TITLES",
    "Asked",
    "Column",
    "Desk",
    "Destination",
    "ExportBody",
    "ExportOver",
    "FileGone",
    "Filter",
    "Format",
    "Listing",
    "Listings",
    "Run",
    "Schedule",
    "State",
    "Wanted",
    "Written",
    "ask",
    "cancel",
    "carry_out",
    "erase",
    "export_now",
    "fetch",
    "file_name",
    "get",
    "held",
    "judged",
    "keeper_of",
    "kind_of",
    "latest",
    "look_around",
    "make_run",
    "maker",
    "may_fetch",
    "next_due",
    "place_of",
    "read",
    "run_now",
    "runs",
    "scheduled",
    "schedules",
    "secret_name",
    "snapshot",
    "streamed",
    "tidy",
    "try_again",
    "try_place",
    "walked",
    "write_file",
]
