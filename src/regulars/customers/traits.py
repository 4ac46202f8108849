"""Traits as they are told: which value stands, and what it replaced."""

from collections.abc import Sequence

from regulars.db import Query, Statements, Tx, run, values
from regulars.log import Span


class Sql(Statements, file="traits.sql"):
    others: Query
    atoms_of: Query
    unfold: Query
    told_named: Query
    keep: Query
    make_tables: Query
    any_expired: Query
    stage_expired: Query
    stage_named: Query
    stage_choices: Query
    drop_standing: Query
    drop_former: Query
    put_standing: Query
    put_former: Query
    asked_customers: Query
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

    Gives the positions of what was kept trait by trait. All other events tell at once whatever is known of
    their customer, and `deriving` keeps that on the customer's row.
    """
    others: list[int] = values(tx, SQL.others, after=span.after, to=span.to)
    if others:
        unfold(tx, values(tx, SQL.atoms_of, positions=others))
        run(tx, SQL.keep, positions=others)
    return others


def unfold(tx: Tx, atoms: Sequence[int]) -> None:
    """Keep trait by trait what was told at once of some atoms, before they merge, split or choose anew."""
    run(tx, SQL.unfold, atoms=list(atoms))
