"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    add_run: Query
    find_run: Query
    runs: Query
    stop_scheduled: Query
    sending_of: Query
    due_runs: Query
    sending_runs: Query
    sent_runs: Query
    audience: Query
    admitted: Query
    not_excluded: Query
    not_answered: Query
    pause_run: Query
    resume_run: Query
    cancel_run: Query
    uncancel_run: Query
    filtered_runs: Query
    still_members: Query
    freeze: Query
    start_run: Query
    enter: Query
    hold_run: Query
    finish_sending: Query
    failed: Query
    send_on: Query
    measure: Query
    bought: Query
    acted: Query
    acted_fitting: Query
    follow: Query
    count_once: Query
    open_windows: Query
    outcomes: Query
    close_run: Query
    touch_run: Query
    sums: Query
    sums_of_all: Query


SQL = Sql()
