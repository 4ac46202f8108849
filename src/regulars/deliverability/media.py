"""By which kind of address a channel reaches people."""

from regulars import definitions
from regulars.channels import CHANNEL, CHANNELS
from regulars.db import Tx


def medium_of(tx: Tx, channel: str) -> str:
    """As its definition says, also one that is no longer live; e-mail where nothing says it."""
    if channel in CHANNELS:
        return CHANNELS[channel].medium
    found = definitions.versions(tx, CHANNEL, channel)
    return found[0].body.medium if found else "email"
