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

__all__ = [
    "BYTES_MAX",
    "CONNECTION",
    "SHAPE_TITLES",
    "STAGE",
    "CannotOpen",
    "ConnectionBody",
    "Delivery",
    "NoSuchConnection",
    "Received",
    "Rule",
    "Sample",
    "SecretTold",
    "Signature",
    "Vault",
    "When",
    "forget_secret",
    "opened",
    "plain_rules",
    "receive",
    "replay",
    "samples",
    "set_secret",
    "told_of",
]
