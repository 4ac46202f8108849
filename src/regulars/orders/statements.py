"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    get: Query
    orders_of: Query
    order_lines: Query
    totals: Query
    sales_by_span: Query


SQL = Sql()
