"""Events: what comes in through the tracking API, where from, what was planned, and what was refused."""

from regulars.events.instants import parse_instant
from regulars.events.reading import read
from regulars.events.reception import BYTES_MAX, Check, Policy, Reception, Refusal, Unplanned

__all__ = ["BYTES_MAX", "Check", "Policy", "Reception", "Refusal", "Unplanned", "parse_instant", "read"]
