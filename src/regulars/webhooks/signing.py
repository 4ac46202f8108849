"""Secrets of webhooks: made here, sealed in the vault, shown once."""

import base64
import secrets
from datetime import datetime

from regulars import connections, definitions
from regulars.access import Actor
from regulars.connections import SecretTold, Vault
from regulars.db import Tx
from regulars.webhooks.kind import WEBHOOK

BYTES = 32
PREFIX = "whsec_"


def new_secret(tx: Tx, actor: Actor, vault: Vault, key: str, *, at: datetime, now: datetime) -> str:
    """Make and set a secret, and give it this once; for a day the former one signs as well."""
    definitions.get(tx, WEBHOOK, key)
    made = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
    connections.set_secret(tx, actor, vault, name_of(key), made, at=at, now=now)
    return made


def secrets_told(tx: Tx, key: str, now: datetime) -> list[SecretTold]:
    """When those that count were made; not what they are."""
    return connections.told_of(tx, name_of(key), now)


def opened(tx: Tx, vault: Vault, key: str, now: datetime) -> list[str]:
    return connections.opened(tx, vault, name_of(key), now)


def name_of(key: str) -> str:
    return f"webhook/{key}"
