"""Events: what comes in through the tracking API, where from, what was planned, and what was refused."""

from regulars.events.arriving import Arrived, EventNotFound, event_at, examples, latest
from regulars.events.discovery import (
    DISCOVERED,
    Arrivals,
    Contradiction,
    Discovered,
    SourceTotal,
    arrivals,
    contradictions,
    discovered,
    source_totals,
    word_of,
)
from regulars.events.instants import parse_instant
from regulars.events.mending import (
    REPLAYS,
    Outcome,
    RejectSettled,
    Replay,
    Replayed,
    dismiss_reject,
    expire_rejects,
    mend,
    parse_json,
    replay_all,
)
from regulars.events.plan import Plan, plan
from regulars.events.proposing import key_for, proposed
from regulars.events.reading import mistimed, read, read_harmless
from regulars.events.reception import BYTES_MAX, Check, Policy, Reception, Refusal, Unplanned
from regulars.events.source import SOURCE, Source, policy_of
from regulars.events.source_keys import assign_key, assigned_keys, slug, source_of_key
from regulars.events.storable import is_harmless
from regulars.events.tracked_event import (
    JSON_TYPES,
    TRACKED_EVENT,
    Property,
    PropertyType,
    TrackedEvent,
    fits,
    tracked_event,
)

__all__ = [
    "BYTES_MAX",
    "DISCOVERED",
    "JSON_TYPES",
    "REPLAYS",
    "SOURCE",
    "TRACKED_EVENT",
    "Arrivals",
    "Arrived",
    "Check",
    "Contradiction",
    "Discovered",
    "EventNotFound",
    "Outcome",
    "Plan",
    "Policy",
    "Property",
    "PropertyType",
    "Reception",
    "Refusal",
    "RejectSettled",
    "Replay",
    "Replayed",
    "Source",
    "SourceTotal",
    "TrackedEvent",
    "Unplanned",
    "arrivals",
    "assign_key",
    "assigned_keys",
    "contradictions",
    "discovered",
    "dismiss_reject",
    "event_at",
    "examples",
    "expire_rejects",
    "fits",
    "is_harmless",
    "key_for",
    "latest",
    "mend",
    "mistimed",
    "parse_instant",
    "parse_json",
    "plan",
    "policy_of",
    "proposed",
    "read",
    "read_harmless",
    "replay_all",
    "slug",
    "source_of_key",
    "source_totals",
    "tracked_event",
    "word_of",
]
