"""Telling other systems what happened, signed, tried again and logged."""

from regulars.webhooks.asking import Outcome
from regulars.webhooks.body import WebhookBody
from regulars.webhooks.deliverer import Deliverer
from regulars.webhooks.enqueueing import READER
from regulars.webhooks.events import EVENTS
from regulars.webhooks.keeping import erase, expiry, held
from regulars.webhooks.kind import POINTS, WEBHOOK, host_of
from regulars.webhooks.records import (
    EXPORT_MAX,
    STATES,
    Attempt,
    DeliveryFilter,
    Hour,
    OpenCount,
    Sent,
    SentWhole,
    Tally,
    attempts,
    deliveries,
    delivery,
    hours,
    open_counts,
    tallies,
)
from regulars.webhooks.replaying import (
    REPLAY,
    Asked,
    CannotReplay,
    NotLive,
    replay,
    replay_failed,
    replay_job,
    replay_since,
)
from regulars.webhooks.retrying import SCHEDULE
from regulars.webhooks.signing import new_secret, secrets_told
from regulars.webhooks.standing import Endpoint, StandsSoAlready, endpoint, endpoints, pause, resume
from regulars.webhooks.trying import NoSecret, Trial, send_test

__all__ = [
    "EVENTS",
    "EXPORT_MAX",
    "POINTS",
    "READER",
    "REPLAY",
    "SCHEDULE",
    "STATES",
    "WEBHOOK",
    "Asked",
    "Attempt",
    "CannotReplay",
    "Deliverer",
    "DeliveryFilter",
    "Endpoint",
    "Hour",
    "NoSecret",
    "NotLive",
    "OpenCount",
    "Outcome",
    "Sent",
    "SentWhole",
    "StandsSoAlready",
    "Tally",
    "Trial",
    "WebhookBody",
    "attempts",
    "deliveries",
    "delivery",
    "endpoint",
    "endpoints",
    "erase",
    "expiry",
    "held",
    "host_of",
    "hours",
    "new_secret",
    "open_counts",
    "pause",
    "replay",
    "replay_failed",
    "replay_job",
    "replay_since",
    "resume",
    "secrets_told",
    "send_test",
    "tallies",
]
