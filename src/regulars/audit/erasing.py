"""Erasing somebody from the audit: that something was done stays, what it was done with goes."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, naming, records, run
from regulars.kernel import pattern_of, public_id, writing_over


class Sql(Statements, file="erasing.sql"):
    erase: Query
    values_telling: Query
    erase_values: Query
    subjects_telling: Query
    allow: Query
    erase_subjects: Query
    erase_value_subjects: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty the values of some customers, and every value and subject that names them."""
    emptied = run(tx, SQL.erase, subjects=_subjects(atoms))
    run(tx, SQL.allow)
    for found in naming(tx, SQL.values_telling, values):
        named = {"pattern": pattern_of(found.values), "over": writing_over(found.values), "ids": found.ids}
        emptied += run(tx, SQL.erase_values, ids=found.ids, pattern=named["pattern"])
        emptied += run(tx, SQL.erase_value_subjects, **named)
    entries = 0
    for found in naming(tx, SQL.subjects_telling, values):
        named = {"pattern": pattern_of(found.values), "over": writing_over(found.values), "ids": found.ids}
        entries += run(tx, SQL.erase_subjects, **named)
    return {"audit.value": emptied, "audit.entry": entries}


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What was done to some customers; who did it is another person's, and left out."""
    return [("Changes by hand", records(tx, SQL.held, subjects=_subjects(atoms)))]


def _subjects(atoms: Sequence[int]) -> list[str]:
    return [public_id("cus", atom) for atom in atoms]
