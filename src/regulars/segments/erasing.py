"""Erasing somebody from segments: what was concluded of a person goes, and their place on lists."""

import logging
from collections.abc import Collection, Sequence
from typing import Any

from regulars import customers
from regulars.db import Query, Statements, Tx, records, run, value
from regulars.kernel import Invalid
from regulars.segments.recomputing import changed
from regulars.segments.statements import FRESH
from regulars.segments.writing import business_now, hold_state

LOGGER = logging.getLogger("regulars.segments")


class Sql(Statements, file="erasing.sql"):
    erase: Query
    erase_entries: Query
    erase_waking: Query
    erase_scores: Query
    held: Query
    held_entries: Query
    held_scores: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> dict[str, int]:
    """Delete every stay, open and past, and every entry of a list, every score."""
    hold_state(tx)  # Whoever is writing memberships ends first.
    gone = {"atoms": list(atoms)}
    run(tx, SQL.erase_waking, **gone)
    return {
        "segments.membership": value(tx, SQL.erase, **gone),
        "segments.list_entry": run(tx, SQL.erase_entries, **gone),
        "segments.score": run(tx, SQL.erase_scores, **gone),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The segments and stages somebody is and was in, the lists they stand on, and their scores."""
    of = {"atoms": list(atoms)}
    return [
        ("Segments and stages", records(tx, SQL.held, **of)),
        ("Lists", records(tx, SQL.held_entries, **of)),
        ("Scores", records(tx, SQL.held_scores, **of)),
    ]


def ask_written_over(tx: Tx, names: Collection[str]) -> None:
    """What is live no longer names somebody: processes forget how they knew it, and everybody is asked.

    What is live and asks itself or what is not there does not keep a person from being erased.
    """
    customers.hold(tx)
    now = business_now(tx, hold_state(tx))
    try:
        with tx.transaction():
            changed(tx, names, now)
    except Invalid as wrong:
        LOGGER.error("Nobody was asked again after an erasure: %s", wrong)  # noqa: TRY400 - the reason says it
        run(tx, FRESH.begin_generation)
