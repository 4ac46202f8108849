"""Traits as they are told: which value stands, and what it replaced."""

from regulars.db import Query, Statements, Tx, run, values
from regulars.log import Span


class Sql(Statements, file="traits.sql"):
    keep_first: Query
    keep: Query
    stage_expired: Query
    stage_named: Query
    stage_choices: Query
    drop_standing: Query
    drop_former: Query
    put_standing: Query
    put_former: Query
    asked_customers: Query
    unstage: Query
    declare: Query
    undeclare: Query
    declared: Query
    declared_elsewhere: Query
    declared_path: Query
    personal: Query
    tally: Query


SQL = Sql()


def keep_traits(tx: Tx, span: Span) -> list[int]:
    """Keep what a range of the log tells; the last value by occurrence that fits its type stands.

    Gives the positions of what was told of customers of whom something was told before.
    """
    others: list[int] = values(tx, SQL.keep_first, after=span.after, to=span.to)
    if others:
        run(tx, SQL.keep, positions=others)
    return others
