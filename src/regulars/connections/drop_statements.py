"""The statements about file drops and what was picked up."""

from regulars.db import Query, Statements


class Sql(Statements, file="drops.sql"):
    alone: Query
    let_go: Query
    note_drop: Query
    due: Query
    set_next: Query
    note_look: Query
    known: Query
    same_content: Query
    note_pickup: Query
    touch_pickup: Query
    note_moved: Query
    ask_again: Query
    states: Query
    pickups: Query


SQL = Sql()
