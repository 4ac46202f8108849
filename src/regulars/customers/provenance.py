"""Where the values of a customer's traits come from, and what they were before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from regulars.customers.statements import SQL as PEOPLE
from regulars.db import Query, Statements, Tx, rows, values

HISTORY_MAX = 200


class Sql(Statements, file="provenance.sql"):
    standing: Query
    history: Query
    unfit_names: Query
    typed: Query
    known: Query


SQL = Sql()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One value of one trait, and where it came from."""

    WORDS: ClassVar[dict[str, str]] = {
        "hand": "by hand",
        "import": "by an import",
        "enrichment": "added by enrichment",
        "form": "told in a form",
    }

    name: str
    value: Any  # None says that it was taken away.
    occurred_at: datetime
    position: int  # Of the event that told it.
    source: str
    origin: str  # hand, import, enrichment, form; empty for a plain event.
    by: str  # Who wrote it, where it was by hand.
    expires_at: datetime | None
    fits: bool  # Whether it has the declared type.
    stands: bool
    former: int  # How many other values are kept.
    unfit: int  # How many of them do not fit.

    @property
    def words(self) -> str:
        """As in "by hand, by Ada Byron" or "told by shop"."""
        if self.origin == "hand":
            return f"by hand{f', by {self.by}' if self.by else ''}"
        how = self.WORDS.get(self.origin)
        return f"{how} ({self.source})" if how else f"told by {self.source or 'nobody known'}"


def told_traits(tx: Tx, customer_id: int) -> list[Told]:
    """What stands of each trait, by name; those taken away are left out."""
    found = rows(tx, SQL.standing, Told, atoms=atoms_of(tx, customer_id))
    return [told for told in found if told.value is not None]


def trait_history(tx: Tx, customer_id: int, name: str) -> list[Told]:
    """Every value kept of one trait, the latest first."""
    return rows(tx, SQL.history, Told, atoms=atoms_of(tx, customer_id), name=name, limit=HISTORY_MAX)


def unfit_traits(tx: Tx, customer_id: int) -> list[str]:
    """The names of traits of which the customer told something that does not fit the declared type."""
    return values(tx, SQL.unfit_names, atoms=atoms_of(tx, customer_id))


def atoms_of(tx: Tx, customer_id: int) -> list[int]:
    """A person and everybody merged into them."""
    return values(tx, PEOPLE.merged, customer_id=customer_id)
