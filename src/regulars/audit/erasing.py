"""Erasing somebody from the audit: that something was done stays, what it was done with goes."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import pattern_of, public_id, writing_over


class Sql(Statements, file="erasing.sql"):
    erase: Query
    allow: Query
    erase_subjects: Query
    erase_value_subjects: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty the values of some customers, and every value and subject that names them."""
    pattern = pattern_of(values)
    emptied = run(tx, SQL.erase, subjects=_subjects(atoms), pattern=pattern)
    run(tx, SQL.allow)
    named = {"pattern": pattern, "over": writing_over(values)}
    emptied += run(tx, SQL.erase_value_subjects, **named)
    return {"audit.value": emptied, "audit.entry": run(tx, SQL.erase_subjects, **named)}


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What was done to some customers; who did it is another person's, and left out."""
    return [("Changes by hand", records(tx, SQL.held, subjects=_subjects(atoms)))]


def _subjects(atoms: Sequence[int]) -> list[str]:
    return [public_id("cus", atom) for atom in atoms]
