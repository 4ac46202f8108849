"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    make_head: Query
    lock_head: Query
    find_version: Query
    find_state: Query
    all_in_state: Query
    scope_of: Query
    history: Query
    put_draft: Query
    forget_uses: Query
    put_uses: Query
    set_head: Query
    supersede: Query
    make_live: Query
    set_archived: Query
    take_on: Query
    users: Query
    live_keys: Query
    hold_used: Query
    heads: Query
    put_request: Query
    was_asked_for: Query
    lock_request: Query
    close_request: Query


SQL = Sql()
