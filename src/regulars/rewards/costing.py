"""What the rewards that were redeemed cost, for the figures of a programme."""

from datetime import datetime

from regulars.db import Query, Statements, Tx, maybe
from regulars.loyalty import RewardCost


class Sql(Statements, file="costing.sql"):
    cost: Query


SQL = Sql()


def reward_cost(tx: Tx, programme: str, start: datetime, stop: datetime) -> RewardCost | None:
    """None where no redeemed reward says what it costs."""
    return maybe(tx, SQL.cost, RewardCost, programme=programme, start=start, stop=stop)
