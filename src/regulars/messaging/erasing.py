"""Erasing somebody who was written to: that something was sent stays, what and where to does not."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.messaging.suppression import normalised


class Sql(Statements, file="erasing.sql"):
    erase_bodies: Query
    erase_sends: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Delete the messages kept, empty the rows of the ledger of sends, and let nothing more be sent."""
    given = list(atoms)
    # First, so that whoever hands one over at this moment is waited for.
    sends = run(tx, SQL.erase_sends, atoms=given)
    addresses = [normalised(value) for value in values]
    return {
        "messaging.send": sends,
        "messaging.recorded": run(tx, SQL.erase_bodies, atoms=given, values=addresses),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Every message somebody was, or would have been, sent."""
    return [("Messages", records(tx, SQL.held, atoms=list(atoms)))]
