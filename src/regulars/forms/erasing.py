"""Erasing somebody who answered forms."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, naming, records, run
from regulars.forms.tokens import person_key, secret
from regulars.kernel import pattern_of
from regulars.messaging import normalised


class Sql(Statements, file="erasing.sql"):
    answers_telling: Query
    erase: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Empty a person's answers; a confirmation that waits can no longer be given."""
    emptied = run(tx, SQL.erase, ids=[], **_whose(tx, values) | {"pattern": pattern_of([])})
    for found in naming(tx, SQL.answers_telling, values):
        emptied += run(tx, SQL.erase, ids=found.ids, person_keys=[], pattern=pattern_of(found.values))
    return {"forms.submission": emptied}


def held(tx: Tx, _atoms: Sequence[int], values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """A person's answers, also those that were not confirmed."""
    return [("Form answers", records(tx, SQL.held, **_whose(tx, values)))]


def _whose(tx: Tx, values: Sequence[str]) -> dict[str, Any]:
    key = secret(tx)
    keys = [person_key(key, normalised(value)) for value in values]
    return {"person_keys": keys, "pattern": pattern_of(values)}
