"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    register_unseen: Query
    assign: Query
    see: Query
    get: Query
    find: Query
    identifiers: Query
    list_page: Query
    by_ids: Query
    count: Query
    merged: Query


SQL = Sql()
