"""Choosing anew which of the values told of a trait stands: after a value expired, or a type changed."""

from datetime import datetime

from regulars.customers import identity
from regulars.customers.deriving import derive_of
from regulars.customers.holding import take_turn
from regulars.customers.traits import SQL, unfold
from regulars.db import Tx, run, value, values

BATCH = 5_000


def elect_named(tx: Tx, name: str, at: datetime) -> int:
    """Choose anew for everybody who was ever told this trait; gives how many."""
    take_turn(tx)
    told = values(tx, SQL.told_named, name=name)
    for start in range(0, len(told), BATCH):
        unfold(tx, told[start : start + BATCH])
    run(tx, SQL.make_tables)
    run(tx, SQL.stage_named, name=name)
    return _elect(tx, at)


def expire_traits(tx: Tx, at: datetime) -> int:
    """Take away what has expired, so that the value before it stands again; gives of how many customers."""
    take_turn(tx)
    if not value(tx, SQL.any_expired, at=at):
        return 0
    run(tx, SQL.make_tables)
    run(tx, SQL.stage_expired, at=at)
    return _elect(tx, at)


def _elect(tx: Tx, at: datetime) -> int:
    concerned = values(tx, SQL.asked_customers)
    rules = identity.rules(tx)
    run(tx, SQL.stage_choices, at=at)
    for statement in (SQL.drop_standing, SQL.drop_former, SQL.put_standing, SQL.put_former):
        run(tx, statement)
    for start in range(0, len(concerned), BATCH):
        derive_of(tx, concerned[start : start + BATCH], rules)
    return len(concerned)
