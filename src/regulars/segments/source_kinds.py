"""What other rooms publish changes what they tell of customers: segments that measure it are asked anew."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import msgspec

from regulars.access import Actor
from regulars.db import Tx
from regulars.definitions import Definition, Kind
from regulars.segments.recomputing import sources_changed

B = TypeVar("B", bound=msgspec.Struct)


def asked_anew(kind: Kind[B], sources: Collection[str]) -> Kind[B]:
    """The kind, such that segments that measure one of these sources are asked when a definition changes.

    As a consent policy changes whom a channel reaches, and a programme the names of its tiers.
    """

    def launch(tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> str:
        said = kind.launched(tx, definition, actor, at)
        sources_changed(tx, sources, at)
        return said

    def retire(tx: Tx, definition: Definition[B], actor: Actor, at: datetime) -> None:
        kind.retire(tx, definition, actor, at)
        sources_changed(tx, sources, at)

    return replace(kind, launch=launch, retire=retire)
