"""A change of who is which person, as the rooms above hear of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regulars.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An atom that belonged to one person and now belongs to another; merge and split alike."""

    atom_id: int
    before: int  # The person's customer_id.
    after: int


# Carries what a room keeps by person along, inside the transaction that changes who is which person.
Follow = Callable[[Tx, Sequence[Moved]], None]
