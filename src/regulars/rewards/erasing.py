"""Erasing somebody who redeemed rewards: redemptions stay under the number, for the books."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import pieces, within


class Sql(Statements, file="erasing.sql"):
    erase_keys: Query
    erase_notes: Query
    held: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Take the notes people wrote, and ids that callers chose and that name the person."""
    given = list(atoms)
    keys = sum(run(tx, SQL.erase_keys, atoms=given, pattern=within(piece)) for piece in pieces(values))
    return {"rewards.caller_key": keys, "rewards.step": run(tx, SQL.erase_notes, atoms=given)}


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What a person redeemed."""
    return [("Redeemed rewards", records(tx, SQL.held, atoms=list(atoms)))]
