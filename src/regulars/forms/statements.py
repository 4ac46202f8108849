"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    secret: Query
    submit: Query
    submission: Query
    of_nonce: Query
    recent: Query
    waiting: Query
    mailed: Query
    confirm: Query
    expire: Query
    page: Query
    counts: Query
    refuse: Query
    refusals: Query


SQL = Sql()
