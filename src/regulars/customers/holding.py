"""Who is which person holds still while somebody counts by it, and changes only for one at a time.

Three advisory locks of a transaction, taken in this order and never the other way round: the turn of those
who write profiles, then the hold on who is which person, shared by all who read it or alone to change it.
"""

from regulars.db import Query, Statements, Tx, run

# Any numbers of our own; 7_246_031 is what the stepping of simulated time holds.
TURN_KEY = 7_246_041
PEOPLE_KEY = 7_246_042


class Sql(Statements, file="holding.sql"):
    take_turn: Query
    hold: Query
    hold_alone: Query


SQL = Sql()


def take_turn(tx: Tx) -> None:
    """Wait until nobody else writes profiles: the reader of customers and each deed by hand begin so."""
    run(tx, SQL.take_turn, key=TURN_KEY)


def hold(tx: Tx) -> None:
    """Who is which person stays as it is until the transaction ends; every reader that maps people begins so.

    Must come before the first look at `customers.fact_person`.
    """
    run(tx, SQL.hold, key=PEOPLE_KEY)


def hold_alone(tx: Tx) -> None:
    """Wait until nobody counts by who is which person; only after `take_turn`, and never after `hold`."""
    run(tx, SQL.hold_alone, key=PEOPLE_KEY)
