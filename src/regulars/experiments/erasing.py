"""What experiments hold of somebody: the arm drawn, under the number, which stays for their figures."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records


class Sql(Statements, file="erasing.sql"):
    held: Query


SQL = Sql()


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The comparisons somebody was drawn into."""
    return [("Experiments", records(tx, SQL.held, atoms=list(atoms)))]
