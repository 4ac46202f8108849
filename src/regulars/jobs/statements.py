"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    insert_job: Query
    id_of_key: Query
    enqueue: Query
    find_job: Query
    jobs_page: Query
    start: Query
    report: Query
    finish: Query
    give_back: Query
    end_cancelled: Query
    cancel: Query
    renew: Query
    lost: Query
    close_lost: Query
    settle_lost: Query
    timers: Query
    make_timer: Query
    change_timer: Query
    advance_timer: Query
    rest_timer: Query
    alone: Query
    alone_now: Query


SQL = Sql()
