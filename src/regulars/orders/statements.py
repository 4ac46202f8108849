"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    stage_orders: Query
    staged_currencies: Query
    bad_order: Query
    stage_lines: Query
    bad_line: Query
    know_products: Query
    adopt_products: Query
    book_orders: Query
    drop_lines: Query
    book_lines: Query
    add_totals: Query
    recount_totals: Query
    unstage_lines: Query
    unstage_orders: Query
    stage_products: Query
    put_products: Query
    unstage_products: Query
    get: Query
    orders_of: Query
    order_lines: Query
    totals: Query
    sales_by_span: Query


SQL = Sql()
