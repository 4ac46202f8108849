"""A place where something is held of people: what is held, and how it is erased."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars import customers
from regulars.db import Tx

Tables = Sequence[tuple[str, Sequence[Mapping[str, Any]]]]  # By title.
# The customer rows of the person, and the values nobody else was known by.
Held = Callable[[Tx, Sequence[int], Sequence[str]], Tables]
Erase = Callable[[Tx, Sequence[int], Sequence[str]], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a room holds of people. A room that only keeps numbers has nothing to erase.

    `erase` gives how many rows of each "schema.table" it emptied or deleted, also none: these tables are
    rewritten afterwards, so that no byte stays. It is called twice, and by itself changes nothing the second
    time.
    """

    title: str
    why: str  # What for, as the record of processing says it.
    held: Held | None = None
    erase: Erase | None = None
    # Before it, for what surely is theirs alone: where a mistake would change how things work.
    erase_sure: Erase | None = None
    is_read: bool = True  # Readers write there: none moves meanwhile.
    keeps: str = ""  # What stays, and why.
    # For the record of processing: on which basis, who may look, how long.
    basis: str = "legitimate interest"
    seen_by: str = "customers.view"  # A permission.
    kept: tuple[str, ...] = ()  # Kinds of data of the retention policy.
    setting: str = ""  # The setting that says the days.
    how_long: str = ""  # Else.


def counted(tx: Tx, subjects: Iterable[Subject], customer_id: int) -> Iterator[tuple[Subject, int]]:
    """How many entries each place holds of a customer."""
    atoms = customers.atoms(tx, customer_id)
    atoms += customers.belonging(tx, atoms)
    names = customers.names_of(customers.known_as(tx, atoms))
    for one in subjects:
        if one.held is not None:
            yield one, sum(len(rows) for _, rows in one.held(tx, atoms, names))
