"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    key: Query
    turn: Query
    one_at_a_time: Query
    add_submission: Query
    add_choices: Query
    lately: Query
    submitted: Query
    ask_link: Query
    asking_alone: Query
    asked_lately: Query
    waiting: Query
    mailed: Query
    forget_requests: Query
    visit: Query
    visits: Query
    opt_outs: Query
    changes: Query


SQL = Sql()
