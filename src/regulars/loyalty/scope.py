"""In whose scope what is done in a programme lies."""

from regulars import definitions
from regulars.db import Tx


def scope_of(tx: Tx, programme: str) -> str:
    """The scope its definition was published in; where that is the whole company, the programme's key."""
    return definitions.scope_of(tx, "programme", programme)
