"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    make: Query
    id_of_key: Query
    find: Query
    page: Query
    hold: Query
    same_content: Query
    mapping_of_same_columns: Query
    set_mapping: Query
    set_findings: Query
    set_job: Query
    wait: Query
    begin: Query
    advance: Query
    finish: Query
    take_mended: Query
    keep_bad: Query
    bad_rows: Query
    bad_row: Query
    bad_kinds: Query
    change_cells: Query
    close_rows: Query
    overdue: Query
    removed: Query
    erase_bad: Query


SQL = Sql()
