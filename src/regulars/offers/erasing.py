"""Erasing somebody who was given codes: codes and uses stay under the number, for the books."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run
from regulars.kernel import pieces, within


class Sql(Statements, file="erasing.sql"):
    erase_keys: Query
    erase_orders: Query
    erase_reserved_orders: Query
    held_codes: Query
    held_uses: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Take ids that callers chose and that name the person; amounts stay."""
    given, found = list(atoms), [within(piece) for piece in pieces(values)]
    return {
        "offers.caller_key": sum(run(tx, SQL.erase_keys, atoms=given, pattern=one) for one in found),
        "offers.use": sum(run(tx, SQL.erase_orders, atoms=given, pattern=one) for one in found),
        "offers.reservation": sum(
            run(tx, SQL.erase_reserved_orders, atoms=given, pattern=one) for one in found
        ),
    }


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The codes of a person, and what they were used for."""
    given = list(atoms)
    return [
        ("Voucher codes", records(tx, SQL.held_codes, atoms=given)),
        ("Uses of voucher codes", records(tx, SQL.held_uses, atoms=given)),
    ]
