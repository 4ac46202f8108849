"""What is published of traits changes what segments look at: those concerned are asked anew."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import msgspec

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions import Definition, Kind
from regulars.segments.recomputing import traits_changed

B = TypeVar("B", bound=msgspec.Struct)


def followed_by_segments(kind: Kind[B]) -> Kind[B]:
    """The kind of definition of a trait, such that segments that look at it are asked when it changes."""

    def launch(tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> str:
        said = kind.launched(tx, definition, actor, at)
        traits_changed(tx, definition.key, at)
        return said

    def retire(tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> None:
        kind.retire(tx, definition, actor, at)
        traits_changed(tx, definition.key, at)

    return replace(kind, launch=launch, retire=retire)
