"""Erasing somebody from segments: what was concluded of a person goes with them."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run


class Sql(Statements, file="erasing.sql"):
    erase: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> dict[str, int]:
    """Delete every stay, open and past."""
    return {"segments.membership": run(tx, SQL.erase, atoms=list(atoms))}


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The segments and stages somebody is and was in."""
    return [("Segments and stages", records(tx, SQL.held, atoms=list(atoms)))]
