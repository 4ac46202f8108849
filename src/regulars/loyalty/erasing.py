"""Erasing a member: the ledger keeps amounts without the person."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import pieces, within


class Sql(Statements, file="erasing.sql"):
    allow: Query
    erase_words: Query
    erase_hold_words: Query
    erase_answers: Query
    erase_keys: Query
    memberships: Query
    held: Query
    held_postings: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Take the words that people wrote to postings; amounts, lots and balances stay under the number."""
    given = list(atoms)
    run(tx, SQL.allow)
    return {
        "loyalty.transfer": run(tx, SQL.erase_words, atoms=given),
        "loyalty.hold": run(tx, SQL.erase_hold_words, atoms=given) + run(tx, SQL.erase_answers, atoms=given),
        "loyalty.caller_key": sum(
            run(tx, SQL.erase_keys, atoms=given, pattern=within(piece)) for piece in pieces(values)
        ),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Memberships with their balances, and every posting."""
    given = list(atoms)
    return [
        ("Memberships", records(tx, SQL.held, atoms=given)),
        ("Points", records(tx, SQL.held_postings, atoms=given)),
    ]


def spendable(tx: Tx, atoms: Sequence[int]) -> list[dict[str, Any]]:
    """What would be lost with an erasure: points that can still be spent, by programme."""
    return records(tx, SQL.memberships, atoms=list(atoms))
