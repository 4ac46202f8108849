"""The named statements of this room."""

from regulars.db import Query, Statements


class Sql(Statements, file="queries.sql"):
    know_approaches: Query
    know_segments: Query
    name_stages: Query
    ids: Query
    find: Query
    sizes: Query
    size_over_time: Query
    members: Query
    was_member: Query
    stays: Query
    gone_segments: Query


class Fresh(Statements, file="fresh.sql"):
    hold_state: Query
    next_write: Query
    begin_generation: Query
    set_stale: Query
    set_fresh: Query
    ask_sweep: Query
    set_due: Query
    put_off: Query
    alone_with_all: Query
    head: Query
    told_in: Query
    catalogue_told: Query
    past_people: Query
    unread_people: Query
    due_people: Query
    forget_waking: Query
    differing: Query
    present_in: Query
    present_of: Query
    present_people: Query
    nobody_in: Query
    existing: Query
    told_people: Query
    stage_following: Query
    note_following: Query
    unstage_following: Query
    depart: Query
    enter: Query
    count_moved: Query
    recount: Query
    note_sweep: Query
    sweeps: Query
    forget_sweeps: Query
    people_known: Query
    behind: Query
    movements: Query


class Lists(Statements, file="lists.sql"):
    entries_of: Query
    put: Query
    standing: Query
    take: Query
    known_of: Query
    entries: Query
    copy_present: Query
    copy_past: Query
    ended: Query
    forget_entries: Query
    not_live: Query
    listed_otherwise: Query


SQL, FRESH, LISTS = Sql(), Fresh(), Lists()
