"""Erasing a buyer: orders keep their number, amounts and products, and name nobody."""

from collections.abc import Sequence
from typing import Any

from regulars.db import Query, Statements, Tx, records, run, value
from regulars.kernel import pieces, within


class Sql(Statements, file="erasing.sql"):
    erase_report_keys: Query
    erase_reports: Query
    erase_refunds: Query
    erase_findings: Query
    erase_orders: Query
    count: Query
    held: Query
    held_lines: Query
    held_refunds: Query


SQL = Sql()


def erase(tx: Tx, atoms: Sequence[int], values: Sequence[str]) -> dict[str, int]:
    """Take the words that came with orders, and numbers of orders that name the person."""
    done = {"orders.finding": run(tx, SQL.erase_findings, atoms=list(atoms))}
    steps = (
        ("orders.report", SQL.erase_reports),
        ("orders.report", SQL.erase_report_keys),
        ("orders.refund", SQL.erase_refunds),
        ("orders.purchase", SQL.erase_orders),
    )
    told = [{"atoms": list(atoms), "pattern": within(piece)} for piece in pieces(values)]
    for place, query in steps:
        done[place] = done.get(place, 0) + sum(run(tx, query, **one) for one in told)
    return done


def held(tx: Tx, atoms: Sequence[int], _values: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Orders with their lines and refunds; amounts in the currency's smallest unit."""
    given = list(atoms)
    return [
        ("Orders", records(tx, SQL.held, atoms=given)),
        ("Order lines", records(tx, SQL.held_lines, atoms=given)),
        ("Refunds", records(tx, SQL.held_refunds, atoms=given)),
    ]


def orders_held(tx: Tx, atoms: Sequence[int]) -> int:
    """How many orders stay as amounts when a buyer is erased."""
    return int(value(tx, SQL.count, atoms=list(atoms)))
