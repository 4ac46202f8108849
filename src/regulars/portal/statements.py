"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    admit: Query
    used: Query
    device: Query
    leave: Query
    forget: Query


SQL = Sql()
