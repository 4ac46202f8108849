"""Connections: webhooks of shops and tills with their mapping, and files picked up where others drop them."""

from regulars.connections.body import ConnectionBody, Rule, Signature, When
from regulars.connections.drop import FILE_DROP, FileDropBody, SftpAddress, sftp_address
from regulars.connections.dropping import (
    PICK_UP,
    DropState,
    Pickup,
    ask_again,
    drop_states,
    look_around,
    look_now,
    pickups,
)
from regulars.connections.erasing import erase, held
from regulars.connections.handing import ToImports
from regulars.connections.kind import CONNECTION, SHAPE_TITLES
from regulars.connections.picking import HandOver, PickedUp, Picker
from regulars.connections.places import PORTS, Folder, PlaceRefused, PlaceUnreachable, Sftp, inside
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
    key_fingerprint,
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
    forget_old,
    last_payloads,
    tallies,
)
from regulars.connections.starting import NIGHTLY, TEXTS, TILL, starting_connections
from regulars.connections.trying import Trial, try_out

__all__ = [
    "BYTES_MAX",
    "CONNECTION",
    "FILE_DROP",
    "NIGHTLY",
    "PICK_UP",
    "PORTS",
    "SHAPE_TITLES",
    "STAGE",
    "TEXTS",
    "TILL",
    "CannotOpen",
    "ConnectionBody",
    "Delivery",
    "DeliveryTold",
    "DropState",
    "FileDropBody",
    "Folder",
    "HandOver",
    "LastPayload",
    "NoSuchConnection",
    "PickedUp",
    "Picker",
    "Pickup",
    "PlaceRefused",
    "PlaceUnreachable",
    "Received",
    "Rule",
    "Sample",
    "SecretTold",
    "Sftp",
    "SftpAddress",
    "Signature",
    "Tally",
    "ToImports",
    "Trial",
    "Vault",
    "When",
    "ask_again",
    "deliveries",
    "drop_states",
    "erase",
    "erase_payloads",
    "forget_old",
    "forget_secret",
    "held",
    "inside",
    "key_fingerprint",
    "last_payloads",
    "look_around",
    "look_now",
    "opened",
    "pickups",
    "plain_rules",
    "receive",
    "replay",
    "replay_reject",
    "samples",
    "set_secret",
    "sftp_address",
    "starting_connections",
    "tallies",
    "told_of",
    "try_out",
]
