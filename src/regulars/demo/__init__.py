"""The demonstration: a real grocer's year lived through in simulated time, and a planted effect beside it."""

from regulars.demo.planted import WORKSPACE as PLANTED_WORKSPACE
from regulars.demo.planted import load as load_planted
from regulars.demo.report import keep_planted, report
from regulars.demo.staff import STAFF, password_of
from regulars.demo.state import alone, finish, is_finished, timed
from regulars.demo.year import found, load

__all__ = [
    "PLANTED_WORKSPACE",
    "STAFF",
    "alone",
    "finish",
    "found",
    "is_finished",
    "keep_planted",
    "load",
    "load_planted",
    "password_of",
    "report",
    "timed",
]
