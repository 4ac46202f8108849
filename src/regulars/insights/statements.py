"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    standings: Query
    roll: Query
    roll_count: Query
    narrowed: Query
    stage_moves: Query
    outstanding: Query
    arrivals: Query
    tier_arrivals: Query
    passages: Query
    passage_totals: Query
    bought_at: Query
    spent: Query
    order_ids: Query


SQL = Sql()
