"""The statements about exports that were asked for, and when scheduled ones are due."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    insert: Query
    set_job: Query
    set_approval: Query
    find: Query
    hold: Query
    page: Query
    latest: Query
    begin: Query
    note_written: Query
    finish: Query
    rest: Query
    note_delivered: Query
    note_key: Query
    supersede: Query
    cancel: Query
    start_approved: Query
    again: Query
    alone: Query
    let_go: Query
    note_schedule: Query
    due: Query
    set_next: Query
    forget_schedule: Query
    schedules: Query
    rested: Query
    wake: Query
    overdue: Query
    removed: Query
    kept: Query
    kept_personal: Query
    forget_words: Query
    stop_personal: Query
    words_held: Query
    delivered_personal: Query


SQL = Sql()
