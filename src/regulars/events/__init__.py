"""Events: what comes in through the tracking API, where from, what was planned, and what was refused."""

from regulars.events.instants import parse_instant
from regulars.events.reading import read
from regulars.events.reception import BYTES_MAX, Check, Policy, Reception, Refusal, Unplanned
from regulars.events.source import SOURCE, Source, policy_of
from regulars.events.source_keys import assign_key, assigned_keys, slug, source_of_key

__all__ = [
    "BYTES_MAX",
    "SOURCE",
    "Check",
    "Policy",
    "Reception",
    "Refusal",
    "Source",
    "Unplanned",
    "assign_key",
    "assigned_keys",
    "parse_instant",
    "policy_of",
    "read",
    "slug",
    "source_of_key",
]
