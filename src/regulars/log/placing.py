"""Noting whose events stand in pieces of the log that were finished since."""

from regulars.db import Database, Tx
from regulars.log.partitions import partitions
from regulars.log.places import hold_next, put_places


def note_places(database: Database) -> int:
    """Note the finished pieces, one a transaction; gives how many. One does, who else comes passes."""
    noted = 0
    while True:
        with database.transaction() as tx:
            if not _note_next(tx):
                return noted
        noted += 1


def _note_next(tx: Tx) -> bool:
    placed = hold_next(tx)
    if placed is None:
        return False
    for piece in partitions(tx):
        if piece.first_position >= placed.end_position and piece.end_position <= placed.next_position:
            put_places(tx, piece.first_position, piece.end_position)
            return True
    return False
