"""Traits as they are told: which value stands, and what it replaced."""

from regulars.db import Query, Statements, Tx, run
from regulars.log import Span


class Sql(Statements, file="traits.sql"):
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


def keep_traits(tx: Tx, span: Span) -> None:
    """Keep what a range of the log tells; the last value by occurrence that fits its type stands."""
    run(tx, SQL.keep, after=span.after, to=span.to)
