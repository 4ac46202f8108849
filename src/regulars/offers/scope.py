"""In whose scope what is done with the codes of a pool lies."""

from regulars import definitions
from regulars.db import Tx


def scope_of(tx: Tx, pool: str) -> str:
    """The scope its definition was published in; where that is the whole company, the pool's key."""
    return definitions.scope_of(tx, "voucher-pool", pool)
