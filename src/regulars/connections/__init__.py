"""Connections: webhooks of shops and tills with their mapping, and files picked up where others drop them."""

from regulars.connections.body import ConnectionBody, Rule, Signature, When
from regulars.connections.kind import CONNECTION, SHAPE_TITLES
from regulars.connections.ready_made import Sample, plain_rules, samples
from regulars.connections.receiving import (
    BYTES_MAX,
    STAGE,
    Delivery,
    NoSuchConnection,
    Received,
    receive,
    replay,
    replay_reject,
)
from regulars.connections.secrets import (
    CannotOpen,
    SecretTold,
    Vault,
    forget_secret,
    opened,
    set_secret,
    told_of,
)
from regulars.connections.standing import (
    DeliveryTold,
    LastPayload,
    Tally,
    deliveries,
    erase_payloads,
    last_payloads,
    tallies,
)

__all__ = [
    "BYTES_MAX",
    "CONNECTION",
    "SHAPE_TITLES",
    "STAGE",
    "CannotOpen",
    "ConnectionBody",
    "Delivery",
    "DeliveryTold",
    "LastPayload",
    "NoSuchConnection",
    "Received",
    "Rule",
    "Sample",
    "SecretTold",
    "Signature",
    "Tally",
    "Vault",
    "When",
    "deliveries",
    "erase_payloads",
    "forget_secret",
    "last_payloads",
    "opened",
    "plain_rules",
    "receive",
    "replay",
    "replay_reject",
    "samples",
    "set_secret",
    "tallies",
    "told_of",
]
