"""What campaigns hold of somebody: that they were in, under the number, which stays for the results."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records


class Sql(Statements, file="erasing.sql"):
    held: Query


SQL = Sql()


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The campaigns somebody was in."""
    return [("Campaigns", records(tx, SQL.held, atoms=list(atoms)))]
